package product

// Settings is what a product's admin screen asks for, as one document: the
// shape of `emit -format=json`, and what every other format is rendered from.
// It never holds a secret's value; ClientSecret names where it is.
type Settings struct {
	FormatVersion  int               `json:"format_version"` // 1
	Product        string            `json:"product"`        // name in the catalogue
	Title          string            `json:"title"`          // the product's own name, in Language
	Language       string            `json:"language"`       // ja or en: of the texts; labels are always the product's own
	Target         string            `json:"target"`         // address of the mail_target
	Occasion       string            `json:"occasion"`       // first or rotation
	TenantID       string            `json:"tenant_id"`
	ClientID       string            `json:"client_id"`
	Inputs         map[string]any    `json:"inputs"`
	Flows          []string          `json:"flows"` // client_credentials, authorization_code, implicit, admin_sign_in
	Authority      string            `json:"authority"`
	Scopes         []string          `json:"scopes"`
	SMTP           *SMTP             `json:"smtp,omitempty"`
	ClientSecret   SecretRef         `json:"client_secret"`
	Contact        string            `json:"contact,omitempty"`
	ReenterFrom    string            `json:"reenter_from,omitempty"` // YYYY-MM-DD: when rotation is due
	ReenterBy      string            `json:"reenter_by,omitempty"`   // YYYY-MM-DD: when the one in use ends
	IfMissed       string            `json:"if_missed"`
	Needs          []string          `json:"needs"` // what a person must have at hand before beginning
	Source         SourceRef         `json:"source"`
	Screens        []Screen          `json:"screens"`
	Steps          []SettingsStep    `json:"steps"` // outside the product, before or after its screens
	Warnings       []string          `json:"warnings"`
	ConfirmCommand string            `json:"confirm_command"`
	Native         map[string]string `json:"native,omitempty"` // ready settings in the product's own notation
}

// SMTP is the submission server, where the product is told one.
type SMTP struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security"` // starttls or tls
	Auth     string `json:"auth"`     // xoauth2
}

// SecretRef names a credential without its value.
type SecretRef struct {
	Ref       string `json:"ref"`        // address of the client_secret
	KeyID     string `json:"key_id"`     // empty before it is made
	Hint      string `json:"hint"`       // first three characters, as Graph publishes them
	ExpiresAt string `json:"expires_at"` // RFC 3339, UTC
	ExpiresOn string `json:"expires_on"` // YYYY-MM-DD in the configuration's time zone
}

// SourceRef is the document the screens are taken from.
type SourceRef struct {
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
	AsOf  string `json:"as_of"`
}

// Screen is one screen of the product, with its items in the screen's order.
type Screen struct {
	Title string   `json:"title"`
	Path  []string `json:"path"`
	Items []Item   `json:"items"`
}

// Item is one thing to do on a screen.
type Item struct {
	Do        string `json:"do"`    // enter choose tick press sign_in expect check leave_blank set_by_product
	Label     string `json:"label"` // exactly as the product writes it
	Value     string `json:"value,omitempty"`
	Sensitive bool   `json:"sensitive"` // the value is the secret's and is not here
	Reenter   bool   `json:"reenter"`   // again at every rotation
	From      string `json:"from"`      // literal, input, registration, secret, product
	Note      string `json:"note,omitempty"`
	Cite      string `json:"cite,omitempty"`
}

// SettingsStep is something to do outside the product's screens.
type SettingsStep struct {
	Who     string `json:"who"`
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
}
