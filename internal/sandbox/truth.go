package sandbox

import (
	"crypto/sha1" //nolint:gosec // thumbprints of certificates
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Item is the truth about one object, whatever replicas show and whoever asks.
type Item struct {
	ID         string
	Kind       string   // the entity type: "application", "servicePrincipal", "oAuth2PermissionGrant", …
	Properties Object   // as an answer without $select shows them
	Owners     []string // of applications and service principals: ids of users and service principals
	Deleted    bool
}

// Application is the truth about one application.
type Application struct {
	ID, AppID, DisplayName string
	Properties             Object
	Owners                 []string
}

// Applications lists the live applications in order of creation, the operators' own included.
func (s *Sandbox) Applications() []Application { return s.applications(false) }

// DeletedApplications lists those in the recycle bin.
func (s *Sandbox) DeletedApplications() []Application { return s.applications(true) }

func (s *Sandbox) applications(deleted bool) []Application {
	var out []Application
	for _, i := range s.Items(kindApplication) {
		if i.Deleted == deleted {
			out = append(out, Application{i.ID, text(i.Properties, "appId"), text(i.Properties, "displayName"), i.Properties, i.Owners})
		}
	}
	return out
}

// Items lists the objects of a kind in order of creation, deleted ones included. The kind is an entity type of the
// schema: application, servicePrincipal, appRoleAssignment, oAuth2PermissionGrant, appManagementPolicy,
// tenantAppManagementPolicy, federatedIdentityCredential, user, organization or domain.
func (s *Sandbox) Items(kind string) []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (&Truth{s}).Items(kind)
}

func itemOf(r *record) Item {
	return Item{ID: r.id, Kind: r.kind, Properties: clone(r.now.doc), Owners: slices.Clone(r.now.links), Deleted: r.now.deleted}
}

// Truth is what a hand in the portal can do: it changes objects without rights, quotas, lag or fault rules. Documents
// still have to fit the schema.
type Truth struct{ s *Sandbox }

// Mutate changes the tenant by hand. Changes made before an error stay. The function has the tenant to itself: it must
// reach it through its Truth only.
func (s *Sandbox) Mutate(change func(*Truth) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := change(&Truth{s})
	if saved := s.wrote(); err == nil {
		err = saved
	}
	return err
}

// Now is the server's time.
func (t *Truth) Now() time.Time { return t.s.clock() }

// Items lists copies of the objects of a kind in order of creation, deleted ones included.
func (t *Truth) Items(kind string) []Item {
	var out []Item
	for _, r := range t.s.dir.all(kind) {
		if r.now.doc != nil {
			out = append(out, itemOf(r))
		}
	}
	return out
}

// Item returns a copy of an object.
func (t *Truth) Item(id string) (Item, bool) {
	r := t.s.dir.byID(id)
	if r == nil || r.now.doc == nil {
		return Item{}, false
	}
	return itemOf(r), true
}

// Application finds a live application by client id.
func (t *Truth) Application(clientID string) (Item, bool) {
	return t.byAppID(kindApplication, clientID)
}

// Principal finds a live service principal by client id.
func (t *Truth) Principal(clientID string) (Item, bool) { return t.byAppID(kindPrincipal, clientID) }

func (t *Truth) byAppID(kind, clientID string) (Item, bool) {
	r := t.s.dir.find(kind, "appId", clientID)
	if r == nil {
		return Item{}, false
	}
	return itemOf(r), true
}

func (t *Truth) record(id string) (*record, error) {
	r := t.s.dir.byID(id)
	if r == nil || r.now.doc == nil {
		return nil, fmt.Errorf("change object: no object %q", id)
	}
	return r, nil
}

// Patch merges a change into an object as a PATCH does: complex properties member by member, null to clear.
func (t *Truth) Patch(id string, change Object) error {
	r, err := t.record(id)
	if err != nil {
		return err
	}
	given, err := t.s.model.Check(r.kind, normal(change))
	if err != nil {
		return fmt.Errorf("change %s %s: %w", r.kind, id, err)
	}
	defaults := Object{}
	switch r.kind {
	case kindApplication:
		defaults = applicationDefaults()
	case kindPrincipal:
		defaults = principalDefaults()
	}
	old := r.now.doc
	doc := merge(clone(old), given, defaults)
	if r.kind == kindApplication {
		afterMerge(doc, given)
	}
	t.s.dir.edit(r, doc)
	if r.kind == kindApplication {
		(&call{s: t.s}).mirror(old, doc)
	}
	return nil
}

// AddPassword makes a client secret by hand and returns its key id and value.
func (t *Truth) AddPassword(id, displayName string, end time.Time) (keyID, secret string, err error) {
	r, err := t.record(id)
	if err != nil {
		return "", "", err
	}
	keyID, secret = uuid.NewString(), newSecret()
	doc := clone(r.now.doc)
	doc["passwordCredentials"] = append(items(doc, "passwordCredentials"), Object{"customKeyIdentifier": nil, "displayName": displayName,
		"endDateTime": stamp(end), "hint": secret[:3], "keyId": keyID, "secretText": nil, "startDateTime": stamp(t.s.clock())})
	t.s.secrets[keyID] = hashOf(secret)
	t.s.dir.edit(r, doc)
	return keyID, secret, nil
}

// AddCertificate registers the public half of a certificate, in PEM, and returns its key id.
func (t *Truth) AddCertificate(id, displayName string, certificate []byte) (keyID string, err error) {
	r, err := t.record(id)
	if err != nil {
		return "", err
	}
	block, _ := pem.Decode(certificate)
	if block == nil {
		return "", fmt.Errorf("add certificate: it is no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("add certificate: %w", err)
	}
	sum := sha1.Sum(cert.Raw) //nolint:gosec // by the definition of customKeyIdentifier
	keyID = uuid.NewString()
	doc := clone(r.now.doc)
	doc["keyCredentials"] = append(items(doc, "keyCredentials"), Object{"customKeyIdentifier": base64.StdEncoding.EncodeToString(sum[:]), "displayName": displayName,
		"endDateTime": stamp(cert.NotAfter), "key": nil, "keyId": keyID, "startDateTime": stamp(cert.NotBefore), "type": "AsymmetricX509Cert", "usage": "Verify"})
	t.s.certificates[keyID] = cert.Raw
	t.s.dir.edit(r, doc)
	return keyID, nil
}

// AddFederated makes a federated identity credential by hand and returns its id.
func (t *Truth) AddFederated(app string, given Object) (string, error) {
	r, err := t.record(app)
	if err != nil {
		return "", err
	}
	id := uuid.NewString()
	doc := merge(Object{"id": id, "description": nil, "subject": nil}, given, Object{})
	if err := (&call{s: t.s}).checkFederated(r, doc); err != nil {
		return "", fmt.Errorf("add federated credential: %w", err)
	}
	t.s.dir.put(kindFederated, id, version{doc: doc, links: []string{r.id}})
	return id, nil
}

// RemovePassword removes a client secret by hand.
func (t *Truth) RemovePassword(id, keyID string) error {
	r, err := t.record(id)
	if err != nil {
		return err
	}
	doc := clone(r.now.doc)
	list := items(doc, "passwordCredentials")
	kept := slices.DeleteFunc(list, func(item any) bool {
		cred, ok := item.(map[string]any)
		return ok && text(cred, "keyId") == keyID
	})
	if len(kept) == len(list) {
		return fmt.Errorf("remove secret: %s has no key %q", id, keyID)
	}
	doc["passwordCredentials"] = kept
	delete(t.s.secrets, keyID)
	t.s.dir.edit(r, doc)
	return nil
}

// SetOwners replaces the owners of an application or service principal, or the applications of a policy.
func (t *Truth) SetOwners(id string, owners ...string) error {
	r, err := t.record(id)
	if err != nil {
		return err
	}
	v := r.now
	v.links = slices.Clone(owners)
	t.s.dir.put(r.kind, r.id, v)
	return nil
}

// Assign gives a principal an application role of a resource. Both are object ids of service principals.
func (t *Truth) Assign(principal, resource, role string) (id string, err error) {
	p, err := t.record(principal)
	if err != nil {
		return "", err
	}
	r, err := t.record(resource)
	if err != nil {
		return "", err
	}
	own := uuid.New()
	return text(t.s.newAssignment(p, r, role, stamp(t.s.clock()), own[:]), "id"), nil
}

// Grant writes a delegated grant, for everyone or, with a user's id, for one person. An existing one is replaced.
func (t *Truth) Grant(client, resource, user, scope string) (id string, err error) {
	for _, end := range []string{client, resource} {
		if _, err := t.record(end); err != nil {
			return "", err
		}
	}
	id = grantID(client, resource, user)
	doc := Object{"id": id, "clientId": client, "consentType": "AllPrincipals", "principalId": nil, "resourceId": resource, "scope": scope}
	if user != "" {
		doc["consentType"], doc["principalId"] = "Principal", user
	}
	t.s.dir.put(kindGrant, id, version{doc: doc})
	return id, nil
}

// AddPolicy adds an application management policy and assigns it to applications.
func (t *Truth) AddPolicy(properties Object, applications ...string) (id string, err error) {
	given, err := t.s.model.Check(kindPolicy, normal(properties))
	if err != nil {
		return "", fmt.Errorf("add policy: %w", err)
	}
	id = uuid.NewString()
	doc := merge(Object{"id": id, "deletedDateTime": nil, "displayName": nil, "description": nil, "isEnabled": true, "restrictions": nil}, given, Object{})
	doc["id"] = id
	t.s.dir.put(kindPolicy, id, version{doc: doc, links: applications})
	return id, nil
}

// AddApplication makes an application by hand, without a service principal, from the properties given.
func (t *Truth) AddApplication(properties Object, owners ...string) (Item, error) {
	given, err := t.s.model.Check(kindApplication, normal(properties))
	if err != nil {
		return Item{}, fmt.Errorf("add application: %w", err)
	}
	doc := applicationDefaults()
	doc["signInAudience"], doc["createdDateTime"], doc["publisherDomain"] = audienceOrg, stamp(t.s.clock().Truncate(time.Second)), t.s.seed.DefaultDomain
	doc = merge(doc, given, applicationDefaults())
	afterMerge(doc, given)
	doc["id"], doc["appId"] = uuid.NewString(), uuid.NewString()
	return itemOf(t.s.dir.put(kindApplication, text(doc, "id"), version{doc: doc, links: owners})), nil
}

// AddPrincipal makes the service principal of an application by hand.
func (t *Truth) AddPrincipal(clientID string, owners ...string) (Item, error) {
	app := t.s.dir.find(kindApplication, "appId", clientID)
	if app == nil || t.s.dir.find(kindPrincipal, "appId", clientID) != nil {
		return Item{}, fmt.Errorf("add service principal: application %q is missing or has one", clientID)
	}
	doc := inherit(principalDefaults(), nil, app.now.doc)
	doc["id"], doc["appOwnerOrganizationId"] = uuid.NewString(), t.s.seed.TenantID
	return itemOf(t.s.dir.put(kindPrincipal, text(doc, "id"), version{doc: doc, links: owners})), nil
}

// Delete moves an application or service principal to the recycle bin; anything else, and what is in the bin already,
// ceases to exist.
func (t *Truth) Delete(id string) error {
	r, err := t.record(id)
	if err != nil {
		return err
	}
	if (r.kind == kindApplication || r.kind == kindPrincipal) && !r.now.deleted {
		t.s.recycle(r, t.s.clock())
		return nil
	}
	t.s.purge(r)
	return nil
}

// normal turns Go values as tests write them into the forms that documents are made of.
func normal(v Object) Object {
	out, _ := normalValue(v).(map[string]any)
	return out
}

func normalValue(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, item := range x {
			out[k] = normalValue(item)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = normalValue(item)
		}
		return out
	case []string:
		return anys(x)
	case []map[string]any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = normalValue(item)
		}
		return out
	case int:
		return number(x)
	case time.Time:
		return stamp(x)
	}
	return v
}
