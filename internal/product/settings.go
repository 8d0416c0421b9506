package product

// Settings is what a product's admin screen asks for, as one document: the
// shape of `emit -format=json`, and what every other format is rendered from.
// It never holds a secret's value; ClientSecret names where it is.
type Settings struct {
	FormatVersion   int               `json:"format_version"`                                 // 1
	Product         string            `json:"product"`                                        // name in the catalogue
	Title           string            `json:"title"`                                          // the product's own name, in Language
	Subject         string            `json:"subject"`                                        // what of the product is set up
	Language        string            `json:"language" jsonschema:"enum=ja,enum=en"`          // ja or en: of the texts; labels are always the product's own
	Target          string            `json:"target"`                                         // address of the mail_target
	Occasion        string            `json:"occasion" jsonschema:"enum=first,enum=rotation"` // first or rotation
	Partial         bool              `json:"partial,omitempty"`                              // carries only what a person enters again
	TenantID        string            `json:"tenant_id"`
	ClientID        string            `json:"client_id"`
	Inputs          map[string]any    `json:"inputs"`
	Flows           []string          `json:"flows"` // client_credentials, authorization_code, implicit, admin_sign_in
	Authority       string            `json:"authority"`
	Scopes          []string          `json:"scopes"`
	SMTP            *SMTP             `json:"smtp,omitempty"`
	ClientSecret    SecretRef         `json:"client_secret"`
	Contact         string            `json:"contact,omitempty"`
	InUse           *SecretRef        `json:"in_use,omitempty"`        // at a rotation: the one that the product still uses
	Stopped         bool              `json:"stopped,omitempty"`       // at a rotation: the one in use does not work any more
	EarlierValue    bool              `json:"earlier_value,omitempty"` // at a rotation: the value to enter is older than the one in use
	ReenterFrom     string            `json:"reenter_from,omitempty"`  // YYYY-MM-DD: when the next re-entry is due; at a rotation, since when this one is
	ReenterBy       string            `json:"reenter_by,omitempty"`    // YYYY-MM-DD: when the one in use stops working
	Renewal         *Renewal          `json:"renewal,omitempty"`       // where the document says when to renew
	IfMissed        string            `json:"if_missed"`
	NeedsSignIn     bool              `json:"needs_sign_in"` // a person signs in to Microsoft from the product
	SignInAs        string            `json:"sign_in_as,omitempty"`
	Notices         []string          `json:"notices"` // to be read before anything else
	Needs           []string          `json:"needs"`   // what a person must have at hand before beginning
	Source          SourceRef         `json:"source"`
	Screens         []Screen          `json:"screens"`
	Steps           []SettingsStep    `json:"steps"` // outside the product, before or after its screens
	Warnings        []string          `json:"warnings"`
	ConfirmCommand  string            `json:"confirm_command"`
	RejectCommand   string            `json:"reject_command,omitempty"`   // at a rotation: where the product does not take the value
	PreviousCommand string            `json:"previous_command,omitempty"` // at a rotation: shows the value that is still in use
	Confirmed       *Confirmed        `json:"confirmed,omitempty"`        // that the product has this secret; absent where nobody said so
	Native          map[string]string `json:"native,omitempty"`           // ready settings in the product's own notation
}

// Renewal is when the product's document wants a secret replaced.
type Renewal struct {
	From string `json:"from,omitempty"` // YYYY-MM-DD
	By   string `json:"by,omitempty"`   // YYYY-MM-DD
	Text string `json:"text"`           // the document's words
}

// SMTP is the submission server, where the product is told one.
type SMTP struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security" jsonschema:"enum=starttls,enum=tls,enum=none"` // starttls, tls or none
	Auth     string `json:"auth" jsonschema:"enum=xoauth2,enum=login"`              // xoauth2 or login
}

// SecretRef names a credential without its value.
type SecretRef struct {
	Ref       string `json:"ref"`        // address of the client_secret
	KeyID     string `json:"key_id"`     // empty before it is made
	Hint      string `json:"hint"`       // first three characters, as Graph publishes them
	ExpiresAt string `json:"expires_at"` // RFC 3339, UTC
	ExpiresOn string `json:"expires_on"` // YYYY-MM-DD in the configuration's time zone
}

// Confirmed says who confirmed that the product has a secret.
type Confirmed struct {
	By       string `json:"by"`
	At       string `json:"at"`                          // RFC 3339, UTC
	On       string `json:"on" jsonschema:"format=date"` // YYYY-MM-DD in the configuration's time zone
	Note     string `json:"note,omitempty"`
	Outdated bool   `json:"outdated,omitempty"` // values other than the secret have changed since
}

// SourceRef is the document the screens are taken from.
type SourceRef struct {
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
	AsOf  string `json:"as_of"` // YYYY-MM or YYYY-MM-DD, empty where the document has no date
	Dated string `json:"dated"` // the date in words
}

// Screen is one screen of the product, with its items in the screen's order.
type Screen struct {
	Name     string   `json:"name"` // in the catalogue
	Title    string   `json:"title"`
	Path     []string `json:"path"` // empty where the document does not state it
	Numbered bool     `json:"numbered,omitempty"`
	Items    []Item   `json:"items"`
}

// Item is one thing to do on a screen.
type Item struct {
	Number    int    `json:"number,omitempty"`                                                                                                                     // in a numbered table of the document
	Do        string `json:"do" jsonschema:"enum=enter,enum=choose,enum=tick,enum=press,enum=sign_in,enum=expect,enum=check,enum=leave_blank,enum=set_by_product"` // enter choose tick press sign_in expect check leave_blank set_by_product
	Label     string `json:"label"`                                                                                                                                // exactly as the product writes it
	Value     string `json:"value,omitempty"`
	Sensitive bool   `json:"sensitive"`                                                                            // the value is the secret's and is not here
	Reenter   bool   `json:"reenter"`                                                                              // again at every rotation
	From      string `json:"from" jsonschema:"enum=literal,enum=input,enum=registration,enum=secret,enum=product"` // literal, input, registration, secret, product
	Then      string `json:"then,omitempty"`                                                                       // what follows, or what to do in it
	Note      string `json:"note,omitempty"`
	Marked    string `json:"marked,omitempty"` // why the value is not the document's: another reading or an override
	Cite      string `json:"cite,omitempty"`
}

// SettingsStep is something to do outside the product's screens.
type SettingsStep struct {
	When    string   `json:"when" jsonschema:"enum=before,enum=after,enum=if_needed"` // before, after or if_needed
	Who     string   `json:"who"`
	Text    string   `json:"text"`
	Command string   `json:"command,omitempty"` // PowerShell for Exchange Online
	Unless  string   `json:"unless,omitempty"`  // PowerShell condition under which Command has nothing to do
	Script  []string `json:"script,omitempty"`  // lines of PowerShell that look themselves at what is there; in place of Command
	File    string   `json:"file,omitempty"`    // where the configuration has the script emitted
	Cite    string   `json:"cite,omitempty"`
}

// Occasions on which settings are entered.
const (
	First    = "first"
	Rotation = "rotation"
)
