package product

import "github.com/mailprov/mailprov/internal/diag"

// The codes of what this package says. 700 to 709 are mistakes in a catalogue
// entry, 710 to 719 in a mail_target, 720 to 739 what an app registration
// lacks for a product or what is worth knowing about it.
const (
	CodeSyntax    = "MP700" // the file is not HCL
	CodeShape     = "MP701" // a block or attribute that does not belong, or one that is missing
	CodeValue     = "MP702" // a value outside what is allowed
	CodeReference = "MP703" // an expression that cannot be evaluated
	CodeDuplicate = "MP704" // two of one name
	CodeCitation  = "MP705" // a citation of a source that is not declared

	CodeInput        = "MP711" // an input's value breaks its rule
	CodeMissingInput = "MP712" // an input needed under the given circumstances is missing
	CodeReading      = "MP713" // no such reading, or not one of its options
	CodeOverride     = "MP714" // no such item, or one without a value to override
	CodeNotKnown     = "MP715" // the settings need a value that is not known yet
	CodeUnsafeText   = "MP716" // a value with control characters

	CodePermission = "MP720" // a permission is missing
	CodeMailbox    = "MP216" // the role that does in its place does not reach the target's mailbox
	CodeRedirect   = "MP721" // a redirect URI is missing
	CodeAudience   = "MP722" // sign_in_audience is not one the product works with
	CodeImplicit   = "MP723" // implicit grant differs from the document
	CodeIdentifier = "MP724" // the application ID URI is missing
	CodeOwner      = "MP725" // the owner the document asks for is missing
	CodeConsent    = "MP726" // admin consent is left to a person
	CodeListed     = "MP730" // permissions of the document's list that no scope asks for
	CodeChosen     = "MP731" // a reading taken where the document contradicts itself
	CodeDoubt      = "MP732" // something the document leaves open or contradicts others in
)

// Codes lists what the codes mean, for those who explain them.
func Codes() []diag.Entry {
	return []diag.Entry{
		{Code: CodeSyntax, Summary: "Syntax error in a product"},
		{Code: CodeShape, Summary: "A block or attribute that a product has not, or one that is missing"},
		{Code: CodeValue, Summary: "A value that a product cannot have"},
		{Code: CodeReference, Summary: "An expression of a product that cannot be evaluated"},
		{Code: CodeDuplicate, Summary: "Two of one name in a product, or two products of one name"},
		{Code: CodeCitation, Summary: "A citation of a source that the product does not name"},
		{Code: CodeInput, Summary: "An input that breaks its product's rule"},
		{Code: CodeMissingInput, Summary: "An input that the other inputs call for is missing"},
		{Code: CodeReading, Summary: "No such reading of the product's document"},
		{Code: CodeOverride, Summary: "No such item to override"},
		{Code: CodeNotKnown, Summary: "The settings need a value that is not known yet"},
		{Code: CodeUnsafeText, Summary: "A value with control characters"},
		{Code: CodePermission, Summary: "The application lacks a permission that the product needs"},
		{Code: CodeMailbox, Summary: "The role of Exchange Online does not reach the mailbox"},
		{Code: CodeRedirect, Summary: "The application lacks a redirect URI of the product"},
		{Code: CodeAudience, Summary: "The account types do not fit the product"},
		{Code: CodeImplicit, Summary: "Implicit grant differs from the product's document"},
		{Code: CodeIdentifier, Summary: "The application lacks the application ID URI that the product asks for"},
		{Code: CodeOwner, Summary: "The application lacks the owner that the product asks for"},
		{Code: CodeConsent, Summary: "The consent that the product's document has is left to a person"},
		{Code: CodeListed, Summary: "Permissions of the document's list that no scope asks for"},
		{Code: CodeChosen, Summary: "How the product's document is read where it contradicts itself"},
		{Code: CodeDoubt, Summary: "Something that the product's document leaves open"},
	}
}
