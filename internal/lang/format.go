package lang

import (
	"bytes"
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/mailprov/mailprov/internal/diag"
)

// Format lays a file out: what it means does not change, and formatting what
// is formatted changes nothing. A file that cannot be read comes back as it is,
// with the reasons.
func Format(src []byte, name string) ([]byte, diag.Diagnostics) {
	if ds := guard(src, name); ds.HasErrors() {
		return src, ds
	}
	if isJSON(name) {
		return formatJSON(src, name)
	}
	if _, hd := hclsyntax.ParseConfig(src, name, hcl.InitialPos); hd.HasErrors() {
		return src, diag.FromHCL(hd)
	}
	out := layout(src)
	// One pass can move a comment so that the next aligns it differently.
	for range 3 {
		again := layout(out)
		if bytes.Equal(again, out) {
			break
		}
		out = again
	}
	return out, nil
}

// layout is one pass: spaces, indentation, no blanks at the end of the file.
func layout(src []byte) []byte {
	out := bytes.TrimRight(hclwrite.Format(src), "\n")
	if len(out) == 0 {
		return out
	}
	return append(out, '\n')
}

func formatJSON(src []byte, name string) ([]byte, diag.Diagnostics) {
	if _, ds := parse(Source{Name: name, Bytes: src}); ds.HasErrors() {
		return src, ds
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(src), "", "  "); err != nil {
		return src, diag.Diagnostics{diag.Codef(diag.Syntax, "The file is not JSON: %s.", err).
			At(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos})}
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
