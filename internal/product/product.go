package product

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Languages are the languages of texts for people, the first being the one a
// missing text falls back to.
func Languages() []string { return []string{"ja", "en"} }

// Ways in which settings get into a product.
const (
	ByHand    = "by_hand"    // a person types them into screens
	ByMachine = "by_machine" // something reads an emitted file
)

// APIs as they are keyed in configurations.
const (
	Graph    = "microsoft_graph"
	Exchange = "office365_exchange_online"
)

// APILabel is the name the portal shows for an API key.
func APILabel(api string) string {
	switch api {
	case Graph:
		return "Microsoft Graph"
	case Exchange:
		return "Office 365 Exchange Online"
	}
	return api
}

// Product is one entry of the catalogue. The exported fields are facts
// without expressions; what depends on a target is asked for by methods.
type Product struct {
	Name        string
	Title       map[string]string // by language
	Subject     map[string]string // what of it is set up, by language
	Vendor      string
	Flows       []string // client_credentials, authorization_code, implicit, admin_sign_in
	Entered     string   // ByHand or ByMachine: decides the default of retire.on
	NeedsSignIn bool     // re-entry is complete only after a sign-in to Microsoft
	Sources     []Source
	Range       hcl.Range // of the block's header

	inputs        []input
	readings      []reading
	registration  registration
	scopes        hcl.Expression
	smtp          *smtp
	screens       []screen
	needs         []remark
	notices       []remark
	steps         []step
	rotationNotes []remark
	warnings      []remark
	doubts        []remark
	signInAs      hcl.Expression
	atExpiry      hcl.Expression
	atExpiryShort hcl.Expression // set where the document states what happens; shown in plans
	renewal       *renewal

	source []byte // the file, for quoting its expressions in scaffolds
}

// Source is a document the entry is taken from.
type Source struct {
	Name  string // as citations begin: S1
	Title string
	URL   string
	AsOf  string            // YYYY-MM or YYYY-MM-DD; empty where the document has no date
	Dated map[string]string // the date in words, by language
}

type input struct {
	name         string
	typ          cty.Type
	kind         string
	oneOf        []string
	from         string
	optional     bool
	mayWait      bool
	requiredWhen hcl.Expression
	where        hcl.Expression
	example      hcl.Expression
}

type reading struct {
	name    string
	options []string
	deflt   string
	item    string // label of the item it decides
	reason  hcl.Expression
	when    hcl.Expression
	cite    string
}

type registration struct {
	displayName    string
	audiences      []string
	platform       string // of the redirect URIs
	redirectURIs   hcl.Expression
	identifierURI  hcl.Expression
	owner          hcl.Expression
	ownerCite      string
	adminConsent   *bool
	implicit       *implicit
	secret         secretAdvice
	permissions    []permission
	redirectCite   string
	identifierCite string
}

type implicit struct {
	accessToken, idToken bool
	cite                 string
}

type secretAdvice struct {
	displayName  string
	lifetime     string
	rotateBefore string
	prescribed   bool // the document prescribes the lifetime
	cite         string
}

type permission struct {
	api, kind                string
	required, listed, signIn hcl.Expression
	exchangeRole             map[string]string // permission → management role that does instead
	cite                     string
}

type smtp struct {
	host, auth string
	port       int
	security   hcl.Expression
	when       hcl.Expression
}

type screen struct {
	name     string
	title    hcl.Expression
	path     hcl.Expression
	when     hcl.Expression
	numbered bool
	items    []item
}

type item struct {
	do      string
	label   string
	value   hcl.Expression
	secret  bool
	reenter bool
	consent bool // pressing it consents
	from    string
	as      hcl.Expression // who signs in
	then    hcl.Expression
	note    hcl.Expression
	when    hcl.Expression
	cite    string
}

// remark is a text with a condition: a need, notice, warning, doubt or
// rotation note.
type remark struct {
	text     hcl.Expression
	when     hcl.Expression
	cite     string
	plan     bool // shown in plans
	sheet    bool // shown in sheets
	reenter  bool // to be known at every rotation, too
	occasion string
}

type step struct {
	moment  string // before, after or if_needed
	who     hcl.Expression
	text    hcl.Expression
	command hcl.Expression
	unless  hcl.Expression
	when    hcl.Expression
	brief   hcl.Expression // the plan's words for it
	reenter bool
	cite    string
}

type renewal struct {
	from, by    string // how long before the end: 2mo, 1mo
	text        hcl.Expression
	errorBefore string
}
