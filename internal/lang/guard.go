package lang

import (
	"bytes"
	"encoding/json"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mailprov/mailprov/internal/diag"
)

// The parsers recurse, and Go ends a process whose stack is exhausted. No
// configuration written by people comes near these limits.
const (
	maxFile   = 32 << 20
	maxDepth  = 1000 // brackets plus operators around any one token
	maxDigits = 100  // of a number, or of the value of its exponent in powers of ten
)

// guard refuses what would exhaust the parser before it is parsed.
func guard(src []byte, name string) diag.Diagnostics {
	start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > maxFile {
		return diag.Diagnostics{diag.Codef(diag.TooDeep, "The file has %d bytes; at most %d are read.", len(src), maxFile).
			At(start).WithDof("Divide it into several files.")}
	}
	if isJSON(name) {
		return guardJSON(src, name)
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	return guardTokens(tokens)
}

// guardExpression is guard for an expression or template from elsewhere, such
// as the command line.
func guardExpression(src []byte, name string) diag.Diagnostics {
	tokens, _ := hclsyntax.LexExpression(src, name, hcl.InitialPos)
	return guardTokens(tokens)
}

func guardTemplate(src []byte, name string) diag.Diagnostics {
	tokens, _ := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	return guardTokens(tokens)
}

func tooDeep(r hcl.Range) diag.Diagnostics {
	return diag.Diagnostics{diag.Codef(diag.TooDeep, "Brackets and operators are nested deeper here than can be read safely.").
		At(r).WithDof("Move parts of the expression into locals.")}
}

// guardTokens follows how deep the parser would recurse: one step per open
// bracket and one per operator of the expressions it stands in.
func guardTokens(tokens hclsyntax.Tokens) diag.Diagnostics {
	operators := []int{0} // per open bracket, since the last separator
	braces := []bool{true}
	depth := 0
	for _, t := range tokens {
		top := len(operators) - 1
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
			hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			// An index, a call or a %{if} also nests what follows it.
			if t.Type == hclsyntax.TokenOBrack || t.Type == hclsyntax.TokenTemplateControl || t.Type == hclsyntax.TokenOParen {
				operators[top]++
				depth++
			}
			operators, braces = append(operators, 0), append(braces, t.Type == hclsyntax.TokenOBrace)
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
			hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if top > 0 {
				depth -= operators[top] + 1
				operators, braces = operators[:top], braces[:top]
			}
		case hclsyntax.TokenComma:
			depth -= operators[top]
			operators[top] = 0
		case hclsyntax.TokenNewline:
			if braces[top] {
				depth -= operators[top]
				operators[top] = 0
			}
		case hclsyntax.TokenNumberLit:
			if tooLong(t.Bytes) {
				return diag.Diagnostics{diag.Codef(diag.TooDeep, "The number has more than %d digits.", maxDigits).At(t.Range).WithDof("Write it as text, in quotation marks.")}
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit, hclsyntax.TokenComment, hclsyntax.TokenEOF:
		default:
			operators[top]++
			depth++
		}
		if depth > maxDepth {
			return tooDeep(t.Range)
		}
	}
	return nil
}

// tooLong tells whether a number's decimal form would be long.
func tooLong(number []byte) bool {
	mantissa, exponent, _ := bytes.Cut(bytes.ToLower(number), []byte("e"))
	exponent = bytes.TrimLeft(exponent, "+-0")
	return len(mantissa) > maxDigits || len(exponent) > 3
}

// guardJSON is the same for JSON, where every string may be a template.
func guardJSON(src []byte, name string) diag.Diagnostics {
	pos := func(i int) hcl.Range {
		line := 1 + bytes.Count(src[:i], []byte("\n"))
		p := hcl.Pos{Line: line, Column: 1 + i - (bytes.LastIndexByte(src[:i], '\n') + 1), Byte: i}
		end := p
		end.Column, end.Byte = end.Column+1, end.Byte+1
		return hcl.Range{Filename: name, Start: p, End: end}
	}
	depth := 0
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return tooDeep(pos(i))
			}
		case c == '}' || c == ']':
			depth--
		case c == '"':
			end := stringEnd(src, i)
			var text string
			if json.Unmarshal(src[i:end], &text) == nil && bytes.ContainsAny(src[i:end], "$%") {
				if ds := guardTemplate([]byte(text), name); len(ds) > 0 {
					return diag.Diagnostics{ds[0].At(pos(i))}
				}
			}
			i = end - 1
		case c >= '0' && c <= '9':
			end := i
			for end < len(src) && bytes.IndexByte([]byte("0123456789.eE+-"), src[end]) >= 0 {
				end++
			}
			if tooLong(src[i:end]) {
				return diag.Diagnostics{diag.Codef(diag.TooDeep, "The number has more than %d digits.", maxDigits).At(pos(i)).WithDof("Write it as text, in quotation marks.")}
			}
			i = end - 1
		}
	}
	return nil
}

// stringEnd is the index behind the JSON string that begins at i.
func stringEnd(src []byte, i int) int {
	for j := i + 1; j < len(src); j++ {
		switch src[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return len(src)
}
