package sandbox

import (
	"net/http"
	"strings"
)

// deleteSecret moves a secret with all its versions to where it can be recovered from. Soft delete cannot be switched
// off at Microsoft, and is not here.
func (c *vaultCall) deleteSecret() (answer, *problem) {
	if t := c.found(); t != nil && t.Deleted != 0 && c.stillBusy(t) {
		return answer{}, c.conflict(t, t.busy)
	}
	c.version = ""
	t, _, p := c.pick()
	if p != nil {
		return answer{}, p
	}
	t.Deleted = c.now.Unix()
	c.occupy(t, beingDeleted)
	c.s.dir.dirty = true
	return answer{status: http.StatusOK, body: c.deletedBundle(t)}, nil
}

// gone finds a deleted secret, once its deletion has come to an end.
func (c *vaultCall) gone() (*vaultSecret, *problem) {
	t := c.found()
	if t == nil || t.Deleted == 0 || c.stillBusy(t) {
		return nil, &problem{Status: http.StatusNotFound, Code: "SecretNotFound", Message: "Deleted Secret not found: " + c.name}
	}
	return t, nil
}

// getDeleted shows a deleted secret, but no disabled one.
func (c *vaultCall) getDeleted() (answer, *problem) {
	t, p := c.gone()
	if p != nil {
		return answer{}, p
	}
	if !t.current().Enabled {
		return answer{}, disabled()
	}
	return answer{status: http.StatusOK, body: c.deletedBundle(t)}, nil
}

func (c *vaultCall) recoverDeleted() (answer, *problem) {
	t, p := c.gone()
	if p != nil {
		return answer{}, p
	}
	t.Deleted = 0
	c.occupy(t, beingRecovered)
	c.s.dir.dirty = true
	return answer{status: http.StatusOK, body: c.bundle(t, t.current())}, nil
}

func (c *vaultCall) purgeDeleted() (answer, *problem) {
	if _, p := c.gone(); p != nil {
		return answer{}, p
	}
	delete(c.s.vaults[c.vault], strings.ToLower(c.name))
	c.s.dir.dirty = true
	return empty(), nil
}

func (c *vaultCall) deletedBundle(t *vaultSecret) Object {
	doc := c.bundle(t, t.current())
	doc["recoveryId"] = c.origin + "/deletedsecrets/" + t.Name
	doc["deletedDate"] = t.Deleted
	doc["scheduledPurgeDate"] = t.Deleted + recoverableDays*24*60*60
	return doc
}
