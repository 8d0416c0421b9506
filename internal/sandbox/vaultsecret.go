package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits of Key Vault (learn.microsoft.com/azure/key-vault/secrets/about-secrets).
const (
	maxSecretValue  = 25 * 1024
	maxContentType  = 255
	maxTags         = 15
	maxTagText      = 256
	recoverableDays = 90
)

func secretNameForm() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`) }

// vaults are the secrets of each vault by their names in lower case: names are compared without regard to case.
type vaults map[string]map[string]*vaultSecret

// vaultSecret is a secret with everything that was ever set under its name. Values stand here, and in the snapshot, as
// they are: giving them back is what a vault is for, and this one is the tenant's other half, not a place that the
// client under test keeps anything in. The file is readable by its owner only.
type vaultSecret struct {
	Name     string           `json:"name"`
	Versions []*secretVersion `json:"versions"` // in order of creation; the last one is the current
	Deleted  int64            `json:"deleted,omitempty"`

	busy   busyness
	pause  Amount    // how long it stays busy
	paused time.Time // since when
}

// busyness is work on a secret that the service has accepted and not finished.
type busyness string

const (
	beingDeleted   busyness = "ObjectIsBeingDeleted"
	beingRecovered busyness = "ObjectIsBeingRecovered"
)

// secretVersion is one value with its attributes. Times are seconds since 1970.
type secretVersion struct {
	ID          string            `json:"id"`
	Value       string            `json:"value"`
	ContentType string            `json:"content_type,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Enabled     bool              `json:"enabled"`
	NotBefore   *int64            `json:"nbf,omitempty"`
	Expires     *int64            `json:"exp,omitempty"`
	Created     int64             `json:"created"`
	Updated     int64             `json:"updated"`
}

func (t *vaultSecret) current() *secretVersion { return t.Versions[len(t.Versions)-1] }

// live finds a secret that is neither deleted nor still coming back.
func (c *vaultCall) live() *vaultSecret {
	t := c.found()
	if t == nil || t.Deleted != 0 || c.stillBusy(t) {
		return nil
	}
	return t
}

func (c *vaultCall) found() *vaultSecret { return c.s.vaults[c.vault][strings.ToLower(c.name)] }

// stillBusy tells whether the last deletion or recovery goes on. Each question counts as a look, as for replicas.
func (c *vaultCall) stillBusy(t *vaultSecret) bool {
	switch {
	case t.busy == "":
		return false
	case t.pause.Count > 0:
		t.pause.Count--
		return true
	case t.pause.For > 0 && c.now.Before(t.paused.Add(t.pause.For)):
		return true
	}
	t.busy = ""
	return false
}

// occupy begins work that takes as long as replicas lag.
func (c *vaultCall) occupy(t *vaultSecret, with busyness) {
	t.busy, t.pause, t.paused = with, c.s.lagNow().Reads, c.now
	if t.pause == (Amount{}) {
		t.busy = ""
	}
}

// settle ends whatever is going on.
func (v vaults) settle() {
	for _, secrets := range v {
		for _, t := range secrets {
			t.busy = ""
		}
	}
}

// secretBody is what PUT and PATCH take. Attributes that only the service sets are read and not used, as there.
type secretBody struct {
	Value       *string            `json:"value"`
	ContentType *string            `json:"contentType"`
	Tags        map[string]*string `json:"tags"`
	Attributes  *struct {
		Enabled         *bool           `json:"enabled"`
		NotBefore       *int64          `json:"nbf"`
		Expires         *int64          `json:"exp"`
		Created         json.RawMessage `json:"created"`
		Updated         json.RawMessage `json:"updated"`
		RecoveryLevel   json.RawMessage `json:"recoveryLevel"`
		RecoverableDays json.RawMessage `json:"recoverableDays"`
	} `json:"attributes"`
}

func (c *vaultCall) read() (b secretBody, p *problem) {
	media, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return b, &problem{Status: http.StatusUnsupportedMediaType, Code: "BadParameter", Message: "The Content-Type must be application/json."}
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		if strings.Contains(err.Error(), "unknown field") {
			return b, notVault("a body with " + strings.TrimPrefix(err.Error(), "json: "))
		}
		return b, badParameter("The request body cannot be read as a JSON object of the expected form.")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return b, badParameter("The request body holds more than one JSON object.")
	}
	return b, b.check()
}

func (b secretBody) check() *problem {
	if b.Value != nil && len(*b.Value) > maxSecretValue {
		return badParameter("The secret value is longer than %d bytes.", maxSecretValue)
	}
	if b.ContentType != nil && utf8.RuneCountInString(*b.ContentType) > maxContentType {
		return badParameter("The content type is longer than %d characters.", maxContentType)
	}
	if len(b.Tags) > maxTags {
		return badParameter("There are %d tags; %d are allowed.", len(b.Tags), maxTags)
	}
	for name, value := range b.Tags {
		if utf8.RuneCountInString(name) > maxTagText || value != nil && utf8.RuneCountInString(*value) > maxTagText {
			return badParameter("A tag's name or value is longer than %d characters.", maxTagText)
		}
	}
	if a := b.Attributes; a != nil && a.NotBefore != nil && a.Expires != nil && *a.NotBefore >= *a.Expires {
		return badParameter("The attribute exp must be later than nbf.")
	}
	return nil
}

// apply puts what a body says into a version; tags are replaced as a whole.
func (b secretBody) apply(v *secretVersion, now time.Time) {
	v.Updated = now.Unix()
	if b.ContentType != nil {
		v.ContentType = *b.ContentType
	}
	if b.Tags != nil {
		v.Tags = map[string]string{}
		for name, value := range b.Tags {
			if value != nil {
				v.Tags[name] = *value
			}
		}
	}
	if b.Attributes == nil {
		return
	}
	if b.Attributes.Enabled != nil {
		v.Enabled = *b.Attributes.Enabled
	}
	if b.Attributes.NotBefore != nil {
		v.NotBefore = b.Attributes.NotBefore
	}
	if b.Attributes.Expires != nil {
		v.Expires = b.Attributes.Expires
	}
}

// setSecret makes a new version, which becomes the current one even if it is disabled.
func (c *vaultCall) setSecret() (answer, *problem) {
	b, p := c.read()
	if p != nil {
		return answer{}, p
	}
	if b.Value == nil {
		return answer{}, badParameter("The property value is missing.")
	}
	t := c.found()
	switch {
	case t == nil:
		t = &vaultSecret{Name: c.name}
	case c.stillBusy(t):
		return answer{}, c.conflict(t, t.busy)
	case t.Deleted != 0:
		return answer{}, &problem{Status: http.StatusConflict, Code: "Conflict", Inner: "ObjectIsDeletedButRecoverable",
			Message: "Secret " + t.Name + " is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."}
	}
	v := &secretVersion{ID: strings.ReplaceAll(uuid.NewString(), "-", ""), Value: *b.Value, Enabled: true, Created: c.now.Unix()}
	b.apply(v, c.now)
	t.Versions = append(t.Versions, v)
	if c.s.vaults[c.vault] == nil {
		c.s.vaults[c.vault] = map[string]*vaultSecret{}
	}
	c.s.vaults[c.vault][strings.ToLower(c.name)] = t
	c.s.dir.dirty = true
	doc := c.bundle(t, v)
	doc["value"] = v.Value
	return answer{status: http.StatusOK, body: doc}, nil
}

func (c *vaultCall) conflict(t *vaultSecret, why busyness) *problem {
	doing := "deleted"
	if why == beingRecovered {
		doing = "recovered"
	}
	return &problem{Status: http.StatusConflict, Code: "Conflict", Inner: string(why),
		Message: "Secret " + t.Name + " is currently being " + doing + " and cannot be re-created; retry later."}
}

// pick finds the version a path names, or the current one.
func (c *vaultCall) pick() (*vaultSecret, *secretVersion, *problem) {
	t := c.live()
	if t != nil && c.version == "" {
		return t, t.current(), nil
	}
	if t != nil {
		if i := slices.IndexFunc(t.Versions, func(v *secretVersion) bool { return strings.EqualFold(v.ID, c.version) }); i >= 0 {
			return t, t.Versions[i], nil
		}
	}
	id := c.name
	if c.version != "" {
		id += "/" + c.version
	}
	return nil, nil, &problem{Status: http.StatusNotFound, Code: "SecretNotFound",
		Message: "A secret with (name/id) " + id + " was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"}
}

// getSecret gives a value back. Without a version it is the current one's or nobody's: an older version that is enabled
// does not stand in for a current one that is not.
func (c *vaultCall) getSecret() (answer, *problem) {
	t, v, p := c.pick()
	if p != nil {
		return answer{}, p
	}
	if !v.Enabled {
		return answer{}, disabled()
	}
	doc := c.bundle(t, v)
	doc["value"] = v.Value
	return answer{status: http.StatusOK, body: doc}, nil
}

func disabled() *problem {
	return &problem{Status: http.StatusForbidden, Code: "Forbidden", Inner: "SecretDisabled", Message: "Operation get is not allowed on a disabled secret."}
}

// updateSecret changes the attributes of a version; its value never changes.
func (c *vaultCall) updateSecret() (answer, *problem) {
	b, p := c.read()
	if p != nil {
		return answer{}, p
	}
	if b.Value != nil {
		return answer{}, badParameter("The property value cannot be updated; set the secret again.")
	}
	t, v, p := c.pick()
	if p != nil {
		return answer{}, p
	}
	b.apply(v, c.now)
	c.s.dir.dirty = true
	return answer{status: http.StatusOK, body: c.bundle(t, v)}, nil
}

// bundle is a version as the service shows it, without the value.
func (c *vaultCall) bundle(t *vaultSecret, v *secretVersion) Object {
	doc := c.item(t, v)
	doc["id"] = c.origin + "/secrets/" + t.Name + "/" + v.ID
	return doc
}

// item is what lists show of a secret's current version.
func (c *vaultCall) item(t *vaultSecret, v *secretVersion) Object {
	attributes := Object{"enabled": v.Enabled, "created": v.Created, "updated": v.Updated, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": recoverableDays}
	if v.NotBefore != nil {
		attributes["nbf"] = *v.NotBefore
	}
	if v.Expires != nil {
		attributes["exp"] = *v.Expires
	}
	doc := Object{"id": c.origin + "/secrets/" + t.Name, "attributes": attributes}
	if v.ContentType != "" {
		doc["contentType"] = v.ContentType
	}
	if v.Tags != nil {
		doc["tags"] = v.Tags
	}
	return doc
}
