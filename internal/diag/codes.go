package diag

import "github.com/mailprov/mailprov/internal/message"

// The codes of what the language says about a configuration. A code never
// changes its meaning; one that is no longer said stays reserved.
const (
	Syntax          = "MP600" // the file cannot be read as HCL or JSON
	UnknownBlock    = "MP601"
	UnknownAttr     = "MP602"
	MissingArgument = "MP603" // a required attribute or block is not there
	Duplicate       = "MP604"
	Labels          = "MP605" // number or form of a block's labels
	UnknownName     = "MP606" // a reference to what is not declared
	UnknownExport   = "MP607" // an attribute that others may not use
	LongAddress     = "MP608" // first label within an address
	OutOfOrder      = "MP609" // a reference to what is evaluated later
	Cycle           = "MP610"
	WrongType       = "MP611"
	NullOrUnknown   = "MP612"
	NotAReference   = "MP613" // a reference argument that was given something else
	BadForEach      = "MP614"
	BadIndex        = "MP615" // for_each key missing, superfluous or unknown
	UnknownFunction = "MP616"
	FunctionCall    = "MP617"
	Expression      = "MP618" // an expression that cannot be evaluated
	NotAllowed      = "MP619" // a value outside of what is allowed
	UnknownProduct  = "MP620"
	UnknownKind     = "MP621" // kind of sink, backend or data
	Version         = "MP622"
	NoConfiguration = "MP623"
	NoValue         = "MP624" // a variable without a value
	BadValue        = "MP625" // a value that does not fit its variable
	Validation      = "MP626"
	Undeclared      = "MP627" // a value for a variable that is not declared
	BadVariable     = "MP628"
	BadMove         = "MP629"
	BadLifecycle    = "MP630"
	BadAcceptance   = "MP631"
	SensitiveValue  = "MP632"
	BadDependency   = "MP633"
	BadQuery        = "MP634" // arguments of a data block
	TooDeep         = "MP636"
	FileName        = "MP637"
	LeftOut         = "MP638" // what Terraform has and mailprov has not
	OutOfPlace      = "MP639" // each or self where there is none
)

// Entry is one code of the language with its constant summary.
type Entry struct {
	Code    string
	Summary message.Format
}

var languageCodes = [...]Entry{
	{Syntax, "Syntax error"},
	{UnknownBlock, "Unknown block"},
	{UnknownAttr, "Unknown attribute"},
	{MissingArgument, "Missing attribute or block"},
	{Duplicate, "Declared twice"},
	{Labels, "Wrong block labels"},
	{UnknownName, "Reference to something undeclared"},
	{UnknownExport, "Not an attribute that others may use"},
	{LongAddress, "Address in its longer form"},
	{OutOfOrder, "Reference out of the order of evaluation"},
	{Cycle, "Cycle of references"},
	{WrongType, "Wrong type"},
	{NullOrUnknown, "Null or unknown value"},
	{NotAReference, "Reference expected"},
	{BadForEach, "for_each cannot be used"},
	{BadIndex, "Wrong index"},
	{UnknownFunction, "Unknown function"},
	{FunctionCall, "Function call failed"},
	{Expression, "Expression cannot be evaluated"},
	{NotAllowed, "Value not allowed"},
	{UnknownProduct, "Unknown product"},
	{UnknownKind, "Unknown kind"},
	{Version, "Configuration for another version"},
	{NoConfiguration, "No configuration"},
	{NoValue, "Variable without a value"},
	{BadValue, "Value does not fit its variable"},
	{Validation, "Variable refused by its validation"},
	{Undeclared, "Value for an undeclared variable"},
	{BadVariable, "Variable declared wrongly"},
	{BadMove, "moved block cannot be used"},
	{BadLifecycle, "lifecycle cannot be used"},
	{BadAcceptance, "accept_risk cannot be used"},
	{SensitiveValue, "Sensitive value"},
	{BadDependency, "depends_on cannot be used"},
	{BadQuery, "data cannot be looked up like this"},
	{TooDeep, "Too large or nested too deeply"},
	{FileName, "File name not recognised"},
	{LeftOut, "Not part of the language"},
	{OutOfPlace, "Symbol out of its place"},
}

// LanguageCodes lists the codes of the language.
func LanguageCodes() []Entry { return append([]Entry(nil), languageCodes[:]...) }

// Of makes an error with one of the codes of the language and its summary; its
// detail is a constant sentence.
func Of(code, detail string) Diagnostic { return Err(code, summaryOf(code), detail) }

// Codef makes an error with one of the codes of the language and its summary.
func Codef(code string, format message.Format, args ...any) Diagnostic {
	return Errf(code, summaryOf(code), format, args...)
}

func summaryOf(code string) message.Format {
	for _, e := range languageCodes {
		if e.Code == code {
			return e.Summary
		}
	}
	return "Error"
}
