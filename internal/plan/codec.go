package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	ctymsgpack "github.com/zclconf/go-cty/cty/msgpack"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
)

// Encode writes a plan as JSON, so that it can be shown again as it was, in any
// form and language. A sensitive value is not in it, and of the instances of the
// configuration only what showing a plan needs. It cannot be carried out.
func (p *Plan) Encode() (json.RawMessage, error) {
	type plain Plan
	doc := struct {
		*plain
		Location *string
	}{plain: (*plain)(p)}
	if p.Location != nil {
		name := p.Location.String()
		doc.Location = &name
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return b, nil
}

// AlteredError says that a plan is not the one that was encoded.
type AlteredError struct{ What string }

func (e *AlteredError) Error() string { return e.What }

// Decode reads what Encode wrote; zone finds a time zone by its name. A plan
// whose facts are not those of what it shows is an *AlteredError.
func Decode(b []byte, zone func(string) (*time.Location, error)) (*Plan, error) {
	type plain Plan
	var doc struct {
		plain
		Location *string
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("decode plan: %w", err)
	}
	p := (*Plan)(&doc.plain)
	if doc.Location != nil {
		loc, err := zone(*doc.Location)
		if err != nil {
			return nil, fmt.Errorf("decode plan: time zone: %w", err)
		}
		p.Location = loc
	}
	for _, c := range slices.Concat(p.Changes, p.Drift) {
		if c == nil {
			return nil, fmt.Errorf("decode plan: a change is missing")
		}
		if c.Secret != nil {
			c.Secret.Policy.Location = p.Location
		}
	}
	return p, p.checkFacts()
}

// checkFacts compares the facts with what the plan shows: who reads it must see
// what its digest stands for. Sensitive values are not there to compare.
func (p *Plan) checkFacts() error {
	shown := map[Fact]bool{}
	for _, f := range p.stated() {
		shown[f.blind()] = true
	}
	for _, f := range p.Facts {
		if g := f.blind(); shown[g] {
			delete(shown, g)
		} else if !isGiven(f.Kind) {
			return &AlteredError{"it does not show what its digest stands for: " + f.String()}
		}
	}
	for f := range shown {
		return &AlteredError{"its digest does not stand for what it shows: " + f.String()}
	}
	return nil
}

// isGiven tells whether facts of a kind are not shown by a plan itself.
func isGiven(k FactKind) bool {
	switch k {
	case OfCatalogue, OfOperator, OfSink, OfReader, OfGuard, OfReference:
		return true
	}
	return false
}

func (f Fact) blind() Fact {
	if f.Sensitive {
		f.Before, f.After = hideMark(f.Before), hideMark(f.After)
	}
	return f
}

// MarshalJSON writes a change for Encode.
func (c *Change) MarshalJSON() ([]byte, error) {
	type plain Change
	doc := struct {
		*plain
		Before, After encoded
		Paths         []pathChange
		Instance      *shownInstance
	}{plain: (*plain)(c), Before: encoded{blank(c.Before, c.Hidden)}, After: encoded{blank(c.After, c.Hidden)}}
	for _, x := range c.Paths {
		y := pathChange{Path: x.Path, Before: encoded{x.Before}, After: encoded{x.After}, Sensitive: x.Sensitive}
		if c.Sensitive(x.Path) {
			y.Before, y.After = encoded{standIn(x.Before)}, encoded{standIn(x.After)}
		}
		doc.Paths = append(doc.Paths, y)
	}
	if i := c.Instance; i != nil {
		doc.Instance = &shownInstance{Addr: i.Addr, Label: i.Label}
		for _, path := range i.Sensitive {
			doc.Instance.Sensitive = append(doc.Instance.Sensitive, PathText(path))
		}
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Change) UnmarshalJSON(b []byte) error {
	type plain Change
	doc := struct {
		*plain
		Before, After encoded
		Paths         []pathChange
		Instance      *shownInstance
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(b, &doc); err != nil {
		return err
	}
	c.Before, c.After = doc.Before.value, doc.After.value
	for _, x := range doc.Paths {
		c.Paths = append(c.Paths, resource.PathChange{Path: x.Path, Before: x.Before.value, After: x.After.value, Sensitive: x.Sensitive})
	}
	if i := doc.Instance; i != nil {
		c.Instance = &resource.Instance{Addr: i.Addr, Label: i.Label, Attrs: c.After}
		for _, path := range i.Sensitive {
			c.Instance.Sensitive = append(c.Instance.Sensitive, cty.GetAttrPath(path)) // whose text is the path
		}
	}
	return nil
}

// MarshalJSON writes an output for Encode.
func (o OutputChange) MarshalJSON() ([]byte, error) {
	type plain OutputChange
	doc := struct {
		plain
		Before, After encoded
	}{plain(o), encoded{o.Before}, encoded{o.After}}
	if o.Sensitive {
		doc.Before, doc.After = encoded{standIn(o.Before)}, encoded{standIn(o.After)}
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *OutputChange) UnmarshalJSON(b []byte) error {
	type plain OutputChange
	doc := struct {
		*plain
		Before, After encoded
	}{plain: (*plain)(o)}
	if err := json.Unmarshal(b, &doc); err != nil {
		return err
	}
	o.Before, o.After = doc.Before.value, doc.After.value
	return nil
}

type pathChange struct {
	Path          string
	Before, After encoded
	Sensitive     bool
}

// shownInstance is what showing a plan needs of an instance.
type shownInstance struct {
	Addr      addr.Instance
	Label     string
	Sensitive []string
}

// encoded is a value with its type, what is unknown included.
type encoded struct{ value cty.Value }

type typedValue struct {
	Type  json.RawMessage `json:"type"`
	Value []byte          `json:"value"` // MessagePack, which alone can hold what is unknown
}

func (e encoded) MarshalJSON() ([]byte, error) {
	if e.value == cty.NilVal {
		return []byte("null"), nil
	}
	v := e.value
	if v.ContainsMarked() {
		v = standIn(v)
	}
	ty, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return nil, err
	}
	b, err := ctymsgpack.Marshal(v, v.Type())
	if err != nil {
		return nil, err
	}
	return json.Marshal(typedValue{ty, b})
}

func (e *encoded) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		e.value = cty.NilVal
		return nil
	}
	var doc typedValue
	if err := json.Unmarshal(b, &doc); err != nil {
		return err
	}
	ty, err := ctyjson.UnmarshalType(doc.Type)
	if err != nil {
		return err
	}
	e.value, err = ctymsgpack.Unmarshal(doc.Value, ty)
	return err
}

// blank replaces the attributes that hold something sensitive.
func blank(v cty.Value, hide func(path string) bool) cty.Value {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || v.IsMarked() {
		return v
	}
	out, err := cty.TransformWithTransformer(v, blanks(hide))
	if err != nil {
		return standIn(v) // rather nothing than something sensitive
	}
	return out
}

// blanks replaces what lies at the paths it says.
type blanks func(path string) bool

func (hide blanks) Enter(path cty.Path, v cty.Value) (cty.Value, error) {
	if len(path) > 0 && hide(PathText(path)) {
		return standIn(v), nil
	}
	return v, nil
}

func (blanks) Exit(_ cty.Path, v cty.Value) (cty.Value, error) { return v, nil }

// standIn is a value of the same type that says only whether there is one.
func standIn(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return v
	}
	v, _ = v.UnmarkDeep()
	ty := v.Type()
	switch {
	case v.IsNull():
		return v
	case !v.IsKnown():
		return cty.UnknownVal(ty) // without what is known of it all the same
	case ty == cty.String:
		return cty.StringVal(hidden)
	case ty == cty.Bool:
		return cty.False
	case ty == cty.Number:
		return cty.Zero
	case ty.IsCollectionType():
		return resource.Empty(ty)
	case ty.IsObjectType():
		vals := map[string]cty.Value{}
		for name, x := range v.AsValueMap() {
			vals[name] = standIn(x)
		}
		return cty.ObjectVal(vals)
	case ty.IsTupleType():
		var vals []cty.Value
		for _, x := range v.AsValueSlice() {
			vals = append(vals, standIn(x))
		}
		return cty.TupleVal(vals)
	}
	return cty.UnknownVal(ty)
}
