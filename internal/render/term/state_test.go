package term_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
)

func TestStatesOfTheProducts(t *testing.T) {
	for name, in := range rendertest.Products() {
		t.Run(name, func(t *testing.T) {
			in = rendertest.Applied(rendertest.Known(in))
			in.Prior.Outputs = map[string]state.Output{
				"client_id": {Value: []byte(`"` + rendertest.ClientID + `"`), Type: []byte(`"string"`)},
				"hidden":    {Value: []byte(`"canary"`), Type: []byte(`"string"`), Sensitive: true},
			}
			var b bytes.Buffer
			if err := term.State(&b, in.Prior, term.Options{UTF8: true, Location: rendertest.Tokyo()}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "canary") {
				t.Error("a sensitive output shows")
			}
			golden(t, name+"/state.txt", b.Bytes())
		})
	}
}

func TestAResourceIsShownAloneOrSaidToBeAbsent(t *testing.T) {
	in := rendertest.Applied(rendertest.Known(rendertest.Proself()))
	for address, want := range map[string]bool{
		"app_registration.proself": true, "client_secret.proself": true, "mail_target.files": true, "mail_target.other": false,
	} {
		a, err := addr.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		found, err := term.Resource(&b, in.Prior, a, term.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if found != want || strings.HasPrefix(b.String(), "# "+address+":") != want || strings.Count(b.String(), "# ") > 1 {
			t.Errorf("%s: found %t\n%s", address, found, b.String())
		}
	}
}

func TestOutputsAreWrittenAsInAConfiguration(t *testing.T) {
	var b bytes.Buffer
	err := term.Outputs(&b, []term.Output{
		{Name: "client_id", Value: cty.StringVal("a")},
		{Name: "list", Value: cty.ListVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")})},
		{Name: "hidden", Value: cty.StringVal("canary"), Sensitive: true},
	}, term.Options{})
	want := "client_id = \"a\"\nlist = [\"x\", \"y\"]\nhidden = (sensitive value)\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestProgressReadsLikeTerraform(t *testing.T) {
	var b bytes.Buffer
	g := term.NewProgress(&b, func() term.Options { return term.Options{} })
	for _, e := range []event.Event{
		{Type: event.Version, Message: "not shown"},
		{Type: event.ApplyStart, Address: "app_registration.x", Action: "create"},
		{Type: event.ApplyProgress, Address: "app_registration.x", Elapsed: 10.4, Waiting: "Microsoft Graph has not replicated the application yet"},
		{Type: event.RotateStep, Address: "client_secret.x", Step: "verify", Message: "verified (token after 9 s)"},
		{Type: event.ApplyComplete, Address: "app_registration.x", Elapsed: 2, ID: "obj\x1b[2J"},
		{Type: event.ApplyStart, Address: "client_secret.x", Action: "rotate"},
		{Type: event.ApplyProgress, Waiting: "Microsoft Graph asks to slow down", Elapsed: 20},
		{Type: event.ApplyProgress, Waiting: "it lags", Elapsed: 20, Message: "Waiting for a tag of \"Mail\": it lags [20s elapsed]"},
		{Type: event.ApplyErrored, Address: "client_secret.x", Elapsed: 61, Message: "Permission missing"},
	} {
		g.Emit(e)
	}
	want := `app_registration.x: Creating...
app_registration.x: Still creating... [10s elapsed] (Microsoft Graph has not replicated the application yet)
client_secret.x: verified (token after 9 s)
app_registration.x: Creation complete after 2s [id=obj\u{1b}[2J]
client_secret.x: Rotating...
Still waiting... [20s elapsed] (Microsoft Graph asks to slow down)
Waiting for a tag of "Mail": it lags [20s elapsed]
client_secret.x: Rotation errored after 1m1s: Permission missing
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
