package sandbox

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/google/uuid"
)

const (
	maxFederated     = 20
	maxFederatedText = 600
)

var federatedName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`)

func (c *call) listFederated() (answer, error) {
	r, err := c.federating(false)
	if err != nil {
		return answer{}, err
	}
	return c.list(kindFederated, "applications('"+r.id+"')/federatedIdentityCredentials", c.rows(c.s.dir.holding(kindFederated, linkField, r.id)), false)
}

// federating finds the application of a path.
func (c *call) federating(write bool) (*record, error) {
	if write {
		return c.owned(kindApplication)
	}
	if !c.who.sees(kindApplication) {
		return nil, denied()
	}
	r, _, err := c.locate(kindApplication, c.key(0))
	if err != nil {
		return nil, err
	}
	if !c.who.mayRead(r) {
		return nil, denied()
	}
	return r, nil
}

// federated finds the credential of a path by id or name.
func (c *call) federated(app *record) (*record, error) {
	key := c.key(1)
	for _, r := range c.s.dir.holding(kindFederated, linkField, app.id) {
		if r.id == key.Key || (text(r.now.doc, "name") == key.Key && key.Alias != "id") {
			if _, ok := c.s.dir.see(r); ok {
				return r, nil
			}
		}
	}
	return nil, notFound(key.Key)
}

func (c *call) readFederated() (answer, error) {
	app, err := c.federating(false)
	if err != nil {
		return answer{}, err
	}
	r, err := c.federated(app)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, kindFederated, r.now.doc)
}

func (c *call) createFederated() (answer, error) {
	app, err := c.federating(true)
	if err != nil {
		return answer{}, err
	}
	given, err := c.checked(kindFederated)
	if err != nil {
		return answer{}, err
	}
	return c.makeFederated(app, given)
}

func (c *call) makeFederated(app *record, given Object) (answer, error) {
	if given["id"] != nil {
		return answer{}, bad("Property 'id' is read-only and cannot be set.")
	}
	have := c.s.dir.holding(kindFederated, linkField, app.id)
	if len(have) >= maxFederated {
		return answer{}, bad("The application already has the maximum of %d federated identity credentials.", maxFederated)
	}
	id := uuid.NewString()
	doc := merge(Object{"id": id, "description": nil, "subject": nil}, given, Object{})
	if err := c.checkFederated(app, doc); err != nil {
		return answer{}, err
	}
	c.s.dir.put(kindFederated, id, version{doc: doc, links: []string{app.id}})
	c.s.fresh.add(id, c.now)
	return c.entity(http.StatusCreated, kindFederated, doc)
}

func (c *call) checkFederated(app *record, doc Object) error {
	invalid := func(field, why string) error { return invalidValue(field, "FederatedIdentityCredential", why) }
	switch {
	case !federatedName.MatchString(text(doc, "name")):
		return invalid("name", "The name must have 3 to 120 URL-safe characters.")
	case text(doc, "issuer") == "" || len(text(doc, "issuer")) > maxFederatedText:
		return invalid("issuer", "The issuer is required and has at most 600 characters.")
	case text(doc, "subject") == "" || len(text(doc, "subject")) > maxFederatedText:
		return invalid("subject", "The subject is required and has at most 600 characters.")
	case len(items(doc, "audiences")) != 1 || items(doc, "audiences")[0] == "":
		return invalid("audiences", "Exactly one audience is required.")
	}
	for _, r := range c.s.dir.holding(kindFederated, linkField, app.id) {
		if r.id == text(doc, "id") {
			continue
		}
		if r.now.doc["issuer"] == doc["issuer"] && r.now.doc["subject"] == doc["subject"] {
			return &problem{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue",
				Message: fmt.Sprintf("FederatedIdentityCredential with issuer %s and subject %s already exists.", text(doc, "issuer"), text(doc, "subject"))}
		}
		if r.now.doc["name"] == doc["name"] {
			return &problem{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue",
				Message: fmt.Sprintf("FederatedIdentityCredential with name %s already exists.", text(doc, "name"))}
		}
	}
	return nil
}

func (c *call) patchFederated() (answer, error) {
	app, err := c.federating(true)
	if err != nil {
		return answer{}, err
	}
	given, err := c.checked(kindFederated)
	if err != nil {
		return answer{}, err
	}
	r, err := c.federated(app)
	if err != nil && c.key(1).Alias == "name" && c.prefers("create-if-missing") { // federated finds, or says there is none
		given["name"] = c.key(1).Key
		return c.makeFederated(app, given)
	}
	if err != nil {
		return answer{}, err
	}
	for _, name := range []string{"id", "name"} {
		if v, ok := given[name]; ok && v != r.now.doc[name] {
			return answer{}, bad("Property '%s' is read-only and cannot be set.", name)
		}
	}
	doc := merge(clone(r.now.doc), given, Object{})
	if err := c.checkFederated(app, doc); err != nil {
		return answer{}, err
	}
	c.s.dir.edit(r, doc)
	return empty(), nil
}

func (c *call) deleteFederated() (answer, error) {
	app, err := c.federating(true)
	if err != nil {
		return answer{}, err
	}
	r, err := c.federated(app)
	if err != nil {
		return answer{}, err
	}
	c.s.dir.remove(r)
	return empty(), nil
}
