package product

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

	CodeUnknownProduct = "MP710" // no such product
	CodeInput          = "MP711" // an input's value breaks its rule
	CodeMissingInput   = "MP712" // an input needed under the given circumstances is missing
	CodeReading        = "MP713" // no such reading, or not one of its options
	CodeOverride       = "MP714" // no such item, or one without a value to override
	CodeNotKnown       = "MP715" // the settings need a value that is not known yet
	CodeUnsafeText     = "MP716" // a value with control characters

	CodePermission = "MP720" // a permission is missing
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
