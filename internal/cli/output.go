package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
)

func (a *app) outputCommand() *cobra.Command {
	var vars varFlags
	var asJSON, raw bool
	c := &cobra.Command{
		Use:   "output [NAME]",
		Short: "Show outputs of the last apply",
		Long: `Show the outputs of the last apply, or one of them. Sensitive ones are shown with
-json and -raw only.`,
		Example: "  mailprov output\n  mailprov output -raw client_id\n  mailprov output -json | jq -r .client_id.value",
		Args:    takes("[NAME]"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case raw && asJSON:
				return message.Errorf("write -raw or -json, not both")
			case raw && len(args) == 0:
				return message.Errorf("-raw writes one output: mailprov output -raw NAME")
			}
			doc, err := a.readState(c, vars)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.allOutputs(doc, asJSON)
			}
			return a.oneOutput(doc, args[0], asJSON, raw)
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	c.Flags().BoolVar(&raw, "raw", false, "write a string, number or bool alone, without a newline")
	return c
}

func (a *app) allOutputs(doc *state.Document, asJSON bool) error {
	if asJSON {
		return a.outputsJSON(doc)
	}
	if len(doc.Outputs) == 0 {
		a.say("The state has no outputs. They come with an output block and an apply.")
		return nil
	}
	return a.printOutputs(doc)
}

// outputJSON is one output, in the form that Terraform gives it.
type outputJSON struct {
	Sensitive bool            `json:"sensitive"`
	Type      json.RawMessage `json:"type"`
	Value     json.RawMessage `json:"value"`
}

func (a *app) outputsJSON(doc *state.Document) error {
	all := map[string]outputJSON{}
	for name, o := range doc.Outputs {
		all[name] = outputJSON{o.Sensitive, o.Type, o.Value}
	}
	return a.json(all)
}

func (a *app) oneOutput(doc *state.Document, name string, asJSON, raw bool) error {
	o, ok := doc.Outputs[name]
	if !ok {
		if near := diag.Nearest(name, slices.Collect(maps.Keys(doc.Outputs))); near != "" {
			return message.Errorf("the state has no output %q; did you mean %s?", name, near)
		}
		return message.Errorf("the state has no output %q; mailprov output shows all, and a new one comes with an apply", name)
	}
	if asJSON {
		return a.json(o.Value)
	}
	list, err := outputsOf(doc)
	if err != nil {
		return err
	}
	one := list[slices.IndexFunc(list, func(x term.Output) bool { return x.Name == name })]
	if raw {
		text, err := convert.Convert(one.Value, cty.String)
		if err != nil || text.IsNull() {
			return message.Errorf("output %s is no string, number or bool; write -json", name)
		}
		if one.Sensitive {
			a.mask([]byte(text.AsString()))
		}
		_, err = fmt.Fprint(a.io.out, text.AsString())
		return err
	}
	if one.Sensitive {
		return message.Errorf("output %s is sensitive; it is shown with -raw or -json only", name)
	}
	return term.Value(a.io.out, one.Value, a.render())
}

// outputsOf decodes the outputs of a state, by name.
func outputsOf(doc *state.Document) ([]term.Output, error) {
	var out []term.Output
	for _, name := range slices.Sorted(maps.Keys(doc.Outputs)) {
		o := doc.Outputs[name]
		ty, err := ctyjson.UnmarshalType(o.Type)
		if err != nil {
			return nil, message.Errorf("read output %s: %w", name, err)
		}
		v, err := ctyjson.Unmarshal(o.Value, ty)
		if err != nil {
			return nil, message.Errorf("read output %s: %w", name, err)
		}
		out = append(out, term.Output{Name: name, Value: v, Sensitive: o.Sensitive})
	}
	return out, nil
}

func (a *app) printOutputs(doc *state.Document) error {
	list, err := outputsOf(doc)
	if err != nil {
		return err
	}
	return term.Outputs(a.io.out, list, a.render())
}

// streamOutputs passes the outputs on as an event, without the sensitive ones'
// values.
func (a *app) streamOutputs(doc *state.Document, destroyed bool) error {
	if destroyed || len(doc.Outputs) == 0 {
		return a.stream.Err()
	}
	data := map[string]event.OutputData{}
	for name, o := range doc.Outputs {
		out := event.OutputData{Sensitive: o.Sensitive}
		if !o.Sensitive {
			out.Value = o.Value
		}
		data[name] = out
	}
	a.stream.Emit(event.Event{Type: event.Outputs, Message: fmt.Sprintf("%d outputs", len(data)), Data: data})
	return a.stream.Err()
}
