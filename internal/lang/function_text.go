package lang

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding/ianaindex"
)

// text makes a function of strings.
func text(params []string, ret cty.Type, f func(args []string) (cty.Value, error)) function.Function {
	spec := &function.Spec{
		Type:         function.StaticReturnType(ret),
		RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			strs := make([]string, len(args))
			for i, a := range args {
				strs[i] = a.AsString()
			}
			return f(strs)
		},
	}
	for _, p := range params {
		spec.Params = append(spec.Params, function.Parameter{Name: p, Type: cty.String})
	}
	return function.New(spec)
}

func predicate(f func(s, part string) bool) function.Function {
	return text([]string{"str", "part"}, cty.Bool, func(a []string) (cty.Value, error) { return cty.BoolVal(f(a[0], a[1])), nil })
}

func startsWith() function.Function  { return predicate(strings.HasPrefix) }
func endsWith() function.Function    { return predicate(strings.HasSuffix) }
func strContains() function.Function { return predicate(strings.Contains) }

// replace is Terraform's: a search text between slashes is an expression.
func replace() function.Function {
	return text([]string{"str", "search", "replacement"}, cty.String, func(a []string) (cty.Value, error) {
		if n := len(a[1]); n > 1 && a[1][0] == '/' && a[1][n-1] == '/' {
			re, err := regexp.Compile(a[1][1 : n-1])
			if err != nil {
				return cty.UnknownVal(cty.String), function.NewArgError(1, err)
			}
			return cty.StringVal(re.ReplaceAllString(a[0], a[2])), nil
		}
		return cty.StringVal(strings.ReplaceAll(a[0], a[1], a[2])), nil
	})
}

func baseName() function.Function {
	return text([]string{"path"}, cty.String, func(a []string) (cty.Value, error) { return cty.StringVal(path.Base(a[0])), nil })
}

func dirName() function.Function {
	return text([]string{"path"}, cty.String, func(a []string) (cty.Value, error) { return cty.StringVal(path.Dir(a[0])), nil })
}

func urlEncode() function.Function {
	return text([]string{"str"}, cty.String, func(a []string) (cty.Value, error) { return cty.StringVal(url.QueryEscape(a[0])), nil })
}

func base64Encode() function.Function {
	return text([]string{"str"}, cty.String, func(a []string) (cty.Value, error) {
		return cty.StringVal(base64.StdEncoding.EncodeToString([]byte(a[0]))), nil
	})
}

var errNotText = errors.New("the bytes are not text in UTF-8, and a string holds nothing else")

func base64Decode() function.Function {
	return text([]string{"str"}, cty.String, func(a []string) (cty.Value, error) {
		b, err := base64.StdEncoding.DecodeString(a[0])
		switch {
		case err != nil:
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "not base64")
		case !utf8.Valid(b):
			return cty.UnknownVal(cty.String), function.NewArgError(0, errNotText)
		}
		return cty.StringVal(string(b)), nil
	})
}

func textEncodeBase64() function.Function {
	return text([]string{"str", "encoding"}, cty.String, func(a []string) (cty.Value, error) {
		enc, err := ianaindex.IANA.Encoding(a[1])
		if err != nil || enc == nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "%q is no encoding known here", a[1])
		}
		b, err := enc.NewEncoder().Bytes([]byte(a[0]))
		if err != nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "some letters do not exist in %s", a[1])
		}
		return cty.StringVal(base64.StdEncoding.EncodeToString(b)), nil
	})
}

func textDecodeBase64() function.Function {
	return text([]string{"str", "encoding"}, cty.String, func(a []string) (cty.Value, error) {
		enc, err := ianaindex.IANA.Encoding(a[1])
		if err != nil || enc == nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "%q is no encoding known here", a[1])
		}
		b, err := base64.StdEncoding.DecodeString(a[0])
		if err != nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "not base64")
		}
		if b, err = enc.NewDecoder().Bytes(b); err != nil {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "not text in %s", a[1])
		}
		return cty.StringVal(string(b)), nil
	})
}

func md5Sum(b []byte) []byte    { s := md5.Sum(b); return s[:] }
func sha1Sum(b []byte) []byte   { s := sha1.Sum(b); return s[:] }
func sha256Sum(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sha512Sum(b []byte) []byte { s := sha512.Sum512(b); return s[:] }

func hexText(b []byte) string    { return hex.EncodeToString(b) }
func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func digest(sum func([]byte) []byte, encode func([]byte) string) function.Function {
	return text([]string{"str"}, cty.String, func(a []string) (cty.Value, error) { return cty.StringVal(encode(sum([]byte(a[0])))), nil })
}

// uuidV5 is a UUID made of a namespace and a name (RFC 4122, 4.3).
func uuidV5() function.Function {
	namespaces := map[string]string{
		"dns": "6ba7b8109dad11d180b400c04fd430c8", "url": "6ba7b8119dad11d180b400c04fd430c8",
		"oid": "6ba7b8129dad11d180b400c04fd430c8", "x500": "6ba7b8149dad11d180b400c04fd430c8",
	}
	return text([]string{"namespace", "name"}, cty.String, func(a []string) (cty.Value, error) {
		space, ok := namespaces[a[0]]
		if !ok {
			space = strings.ReplaceAll(a[0], "-", "")
		}
		ns, err := hex.DecodeString(space)
		if err != nil || len(ns) != 16 {
			return cty.UnknownVal(cty.String), function.NewArgErrorf(0, "%q is neither a UUID nor one of dns, url, oid, x500", a[0])
		}
		id := sha1Sum(append(ns, a[1]...))[:16]
		id[6] = id[6]&0x0f | 0x50
		id[8] = id[8]&0x3f | 0x80
		h := hex.EncodeToString(id)
		return cty.StringVal(fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])), nil
	})
}

// wideFormat finds widths and precisions of more than four digits, which would
// fill the memory with blanks.
var wideFormat = regexp.MustCompile(`%[-+# 0]*(\d{5,}|\d*\.\d{5,})`)

// bounded refuses formats whose result would be absurdly wide.
func bounded(f function.Function) function.Function {
	return checked(f, func(s string) error {
		if wideFormat.MatchString(s) {
			return errors.New("a width or precision of more than four digits")
		}
		return nil
	})
}

// guarded refuses documents nested deeper than a decoder can follow.
func guarded(f function.Function) function.Function {
	return checked(f, func(s string) error {
		depth := 0
		for i := range len(s) {
			switch s[i] {
			case '[', '{':
				if depth++; depth > maxDepth {
					return errors.New("nested too deeply")
				}
			case ']', '}':
				depth--
			}
		}
		return nil
	})
}

// checked is f with a check of its first argument in front.
func checked(f function.Function, check func(string) error) function.Function {
	first := func(args []cty.Value) error {
		if len(args) == 0 {
			return nil
		}
		v, _ := args[0].Unmark()
		if v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
			return nil
		}
		if err := check(v.AsString()); err != nil {
			return function.NewArgError(0, err)
		}
		return nil
	}
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := first(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}
