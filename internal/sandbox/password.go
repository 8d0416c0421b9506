package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const maxPersonalSecrets = 2

// addPassword makes a client secret. Its value is in this one answer and nowhere else afterwards.
func (c *call) addPassword(kind string) (answer, error) {
	r, err := c.owned(kind)
	if err != nil {
		return answer{}, err
	}
	var wanted Object
	if len(strings.TrimSpace(string(c.body))) > 0 {
		body, err := c.jsonBody()
		if err != nil {
			return answer{}, err
		}
		for name, value := range body {
			if name != "passwordCredential" {
				return answer{}, malformed("The parameter '%s' in the request payload is not a valid parameter for the operation 'addPassword'.", name)
			}
			if value == nil {
				continue
			}
			part, ok := value.(map[string]any)
			if !ok {
				return answer{}, malformed("An unexpected node was found when reading from the JSON reader. A 'StartObject' node was expected.")
			}
			if wanted, err = c.s.model.Check("passwordCredential", part); err != nil {
				return answer{}, err
			}
		}
	}
	stored, shown, err := c.newPassword(wanted, r.now.doc)
	if err != nil {
		return answer{}, err
	}
	doc := clone(r.now.doc)
	doc["passwordCredentials"] = append(items(doc, "passwordCredentials"), stored)
	c.s.dir.edit(r, doc)
	out := clone(shown)
	out["@odata.context"] = c.origin + "/v1.0/$metadata#microsoft.graph.passwordCredential"
	return answer{status: http.StatusOK, body: out}, nil
}

// owned finds the object of an action and checks that the caller may change it.
func (c *call) owned(kind string) (*record, error) {
	if !c.who.mayCreate() {
		return nil, denied()
	}
	r, _, err := c.locate(kind, c.key(0))
	if err != nil {
		return nil, err
	}
	return r, c.manageable(r)
}

// newPasswords makes the secrets that a create request lists.
func (c *call) newPasswords(wanted []any, doc Object) (stored, shown []any, err error) {
	stored, shown = []any{}, []any{}
	for _, item := range wanted {
		w, _ := item.(map[string]any)
		doc["passwordCredentials"] = stored
		a, b, err := c.newPassword(w, doc)
		if err != nil {
			return nil, nil, err
		}
		stored, shown = append(stored, a), append(shown, b)
	}
	return stored, shown, nil
}

// newPassword draws a secret for the owner whose document is given. stored is what the directory keeps, shown what the
// caller sees once.
func (c *call) newPassword(wanted, owner Object) (stored, shown Object, err error) {
	for _, name := range []string{"secretText", "hint", "keyId"} {
		if wanted[name] != nil {
			return nil, nil, bad("Property '%s' is read-only and cannot be set.", name)
		}
	}
	start := c.now.UTC()
	if v := text(wanted, "startDateTime"); v != "" {
		start, _ = time.Parse(time.RFC3339Nano, v)
	}
	end := start.AddDate(2, 0, 0)
	if v := text(wanted, "endDateTime"); v != "" {
		end, _ = time.Parse(time.RFC3339Nano, v)
	}
	if !end.After(start) || !end.After(c.now) {
		return nil, nil, &problem{Status: 400, Code: "Request_BadRequest", Message: "Invalid value specified for property 'endDateTime' of resource 'PasswordCredential'.",
			Details: []detail{{Code: "InvalidKeyEndDate", Target: "EndDate", Message: "The end date must be later than the start date and in the future."}}}
	}
	if personal(text(owner, "signInAudience")) && len(items(owner, "passwordCredentials")) >= maxPersonalSecrets {
		return nil, nil, bad("The application already has the maximum of %d client secrets that its signInAudience allows.", maxPersonalSecrets)
	}
	if err := c.passwordAllowed(owner, start, end); err != nil {
		return nil, nil, err
	}
	secret, id := newSecret(), uuid.NewString()
	stored = Object{"customKeyIdentifier": wanted["customKeyIdentifier"], "displayName": wanted["displayName"], "endDateTime": stamp(end),
		"hint": secret[:3], "keyId": id, "secretText": nil, "startDateTime": stamp(start)}
	c.s.secrets[id] = hashOf(secret)
	c.s.fresh.add(id, c.now)
	shown = clone(stored)
	shown["secretText"] = secret
	return stored, shown, nil
}

func (c *call) removePassword(kind string) (answer, error) {
	r, err := c.owned(kind)
	if err != nil {
		return answer{}, err
	}
	body, err := c.jsonBody()
	if err != nil {
		return answer{}, err
	}
	for name := range body {
		if name != "keyId" {
			return answer{}, malformed("The parameter '%s' in the request payload is not a valid parameter for the operation 'removePassword'.", name)
		}
	}
	given, err := c.s.model.Check("passwordCredential", body)
	if err != nil {
		return answer{}, err
	}
	id := text(given, "keyId")
	if id == "" {
		return answer{}, malformed("The parameter 'keyId' is required for the operation 'removePassword'.")
	}
	doc := clone(r.now.doc)
	list := items(doc, "passwordCredentials")
	at := slices.IndexFunc(list, func(item any) bool {
		cred, ok := item.(map[string]any)
		return ok && text(cred, "keyId") == id
	})
	if at < 0 {
		return answer{}, bad("No credentials found to be removed.")
	}
	doc["passwordCredentials"] = slices.Delete(list, at, at+1)
	delete(c.s.secrets, id)
	c.s.dir.edit(r, doc)
	return empty(), nil
}
