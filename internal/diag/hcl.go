package diag

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// FromHCL converts what the hcl library reports: each diagnostic gets the code
// of its kind, keeps the library's detail, and has the library's guess at what
// was meant as what to do.
func FromHCL(in hcl.Diagnostics) Diagnostics {
	var out Diagnostics
	for _, d := range in {
		out = append(out, fromHCL(d))
	}
	return out
}

func fromHCL(d *hcl.Diagnostic) Diagnostic {
	code := codeOf(d.Summary)
	c := Of(code, d.Detail)
	if d.Severity == hcl.DiagWarning {
		c.Severity = Warning
	}
	if d.Detail == "" {
		c.Detail = d.Summary + "."
	}
	if i := strings.LastIndex(c.Detail, "Did you mean "); i >= 0 {
		c.Detail, c.Do = strings.TrimSpace(c.Detail[:i]), c.Detail[i:]
	}
	if name := quotedName.FindStringSubmatch(c.Detail); name != nil && notExpected(d.Summary) != "" {
		c.Detail = "There is no " + notExpected(d.Summary) + " " + name[0] + " here."
	}
	if code == WrongType && strings.Contains(c.Detail, "is null") {
		c = c.Become(NullOrUnknown, summaryOf(NullOrUnknown))
	}
	switch {
	case code == UnknownFunction:
		// The library guesses in the order of a map, differently each time.
		c.Do = insteadOfFunction(d.Detail)
	case c.Do != "":
	case code == Syntax:
		c.Do = insteadOfSyntax(d.Summary)
	default:
		c.Do = inGeneral(c.Code, d.Summary)
	}
	c.Subject, c.Context = d.Subject, d.Context
	return c
}

var kinds = []struct {
	code     string
	summary  []string // whole summaries
	contains []string
}{
	{code: UnknownBlock, summary: []string{"Unsupported block type"}},
	{code: UnknownAttr, summary: []string{"Unsupported argument", "Extraneous JSON object property", "Unsupported attribute"}},
	{code: MissingArgument, summary: []string{"Missing required argument", "Missing dynamic content block", "Missing object value"}},
	{code: Duplicate, summary: []string{"Attribute redefined", "Duplicate argument", "Duplicate attribute definition", "Extraneous dynamic content block", "Duplicate object key"}},
	{code: Labels, contains: []string{"block label", "Extraneous label for "}},
	{code: UnknownFunction, summary: []string{"Call to unknown function"}},
	{code: FunctionCall, summary: []string{"Error in function call", "Invalid function argument", "Not enough function arguments", "Too many function arguments", "Invalid expanding argument value"}},
	{code: UnknownName, summary: []string{"Unknown variable"}},
	{code: BadIndex, summary: []string{"Invalid index"}},
	{code: OutOfOrder, summary: []string{"Variables not allowed", "Function calls not allowed"}},
	{code: NullOrUnknown, contains: []string{"null value", "Null condition", "Condition is null", "Null value"}},
	{code: BadForEach, summary: []string{"Invalid dynamic for_each value", "Iteration over non-iterable value", "Invalid dynamic iterator name"}},
	{code: WrongType, summary: []string{"Incorrect condition type", "Incorrect key type", "Invalid operand", "Unsuitable value type", "Incorrect attribute value type", "Inconsistent conditional result types", "Incorrect JSON value type", "Invalid template interpolation value"}},
	{code: Expression, summary: []string{"Operation failed", "Duplicate object attribute", "Invalid object key", "Invalid 'for' condition", "Invalid nested splat expressions", "Invalid attribute value"}},
	{code: BadVariable, summary: []string{"Invalid type specification", "Invalid default value for optional attribute"}},
}

// codeOf is the code of a summary of the library; what is none of the kinds
// comes from its parsers.
func codeOf(summary string) string {
	for _, k := range kinds {
		for _, s := range k.summary {
			if s == summary {
				return k.code
			}
		}
		for _, s := range k.contains {
			if strings.Contains(summary, s) {
				return k.code
			}
		}
	}
	if missingLabel.MatchString(summary) {
		return Labels
	}
	return Syntax
}

var missingLabel = regexp.MustCompile(`^Missing \S+ for \S+$`)

var quotedName = regexp.MustCompile(`"([^"]+)"`)

// notExpected is what a name that does not belong was taken for.
func notExpected(summary string) string {
	switch summary {
	case "Unsupported argument":
		return "attribute"
	case "Unsupported block type":
		return "block"
	case "Extraneous JSON object property":
		return "attribute or block"
	}
	return ""
}

// insteadOfFunction explains the functions of Terraform that are left out.
func insteadOfFunction(detail string) string {
	m := quotedName.FindStringSubmatch(detail)
	if m == nil {
		return ""
	}
	switch m[1] {
	case "timestamp", "plantimestamp":
		return "There is no clock in a configuration, since plans must be repeatable: write the date, or a lifetime such as \"365d\"."
	case "uuid", "bcrypt", "rsadecrypt":
		return "Nothing random is in a configuration, since plans must be repeatable; uuidv5 makes an id from a name."
	case "fileset", "filesha256", "filemd5", "abspath", "pathexpand":
		return "Name the file: file, fileexists, filebase64 and templatefile read within the configuration's directory; sha256(file(…)) digests one."
	}
	return ""
}

// inGeneral is what to do about a kind of mistake where nothing more precise
// is known.
func inGeneral(code, summary string) string {
	switch code {
	case Duplicate:
		return "Keep one of them."
	case Labels:
		return "Give the block the labels of its type, each a name in quotation marks."
	case MissingArgument:
		return "Write it into the block."
	case FunctionCall:
		return "The functions take what Terraform's take."
	case NullOrUnknown:
		return "Put another value in its place where it is null: x == null ? … : x."
	case BadForEach:
		return "Give a list, a set or a map."
	case WrongType:
		return "Convert it, for example by tostring, tonumber, tobool, tolist or toset."
	case BadIndex:
		return "Use an index or key that the value has."
	case Expression:
		return "Correct the operands, or catch the case by try(…)."
	case OutOfOrder:
		return "Write the value itself."
	}
	if summary == "Unsupported attribute" {
		return "Leave the attribute out, or correct the value it is taken from."
	}
	return ""
}

func insteadOfSyntax(summary string) string {
	switch {
	case strings.HasPrefix(summary, "Unclosed configuration"):
		return "Close the block with }."
	case summary == "Invalid multi-line string":
		return "Close the string with \" on the same line, or use <<EOT … EOT for several lines."
	case summary == "Invalid single-argument block definition", summary == "Missing newline after block definition":
		return "Put every attribute on a line of its own."
	case summary == "Argument or block definition required":
		return "An attribute is written NAME = VALUE, a block TYPE \"LABEL\" { … }."
	case summary == "Trailing comma in object", summary == "Trailing comma in array":
		return "Remove the comma."
	case strings.HasPrefix(summary, "Unterminated"), strings.HasPrefix(summary, "Unclosed"), strings.HasPrefix(summary, "Missing clos"), summary == "Unbalanced parentheses":
		return "Close what is opened here."
	case strings.HasPrefix(summary, "Missing"):
		return "Write what is missing."
	}
	return "Write it as in Terraform: text in double quotes, one attribute a line."
}
