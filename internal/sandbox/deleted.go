package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// keepDeleted is how long a deleted object can be restored.
const keepDeleted = 30 * 24 * time.Hour

// recycle moves an application or service principal to the recycle bin. What the principal was granted goes at once;
// unique names stay taken until the object is purged.
func (s *Sandbox) recycle(r *record, now time.Time) {
	doc := clone(r.now.doc)
	doc["deletedDateTime"] = stamp(now.Truncate(time.Second))
	v := r.now
	v.doc, v.deleted = doc, true
	s.dir.put(r.kind, r.id, v)
	if r.kind != kindPrincipal {
		return
	}
	for _, field := range []string{"principalId", "resourceId"} {
		for _, a := range s.dir.holding(kindAssignment, field, r.id) {
			s.dir.remove(a)
		}
	}
	for _, field := range []string{"clientId", "resourceId"} {
		for _, g := range s.dir.holding(kindGrant, field, r.id) {
			s.dir.remove(g)
		}
	}
}

// purge makes a deleted object not exist, with everything that belongs to it.
func (s *Sandbox) purge(r *record) {
	for _, item := range items(r.now.doc, "passwordCredentials") {
		if cred, ok := item.(map[string]any); ok {
			delete(s.secrets, text(cred, "keyId"))
		}
	}
	for _, f := range s.dir.holding(kindFederated, linkField, r.id) {
		s.dir.remove(f)
	}
	s.dir.remove(r)
}

// expire purges what was deleted thirty days ago.
func (s *Sandbox) expire(now time.Time) {
	for _, kind := range []string{kindApplication, kindPrincipal} {
		for _, r := range s.dir.binned(kind) {
			at, err := time.Parse(time.RFC3339Nano, text(r.now.doc, "deletedDateTime"))
			if err == nil && now.Sub(at) >= keepDeleted {
				s.purge(r)
			}
		}
	}
}

func deletedOf(kind string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		if !c.who.readsApplications() {
			return answer{}, denied()
		}
		var list []row
		for _, r := range c.s.dir.binned(kind) {
			if v := c.s.dir.lag.see(r); v.doc != nil && v.deleted {
				list = append(list, row{kind, v.doc, v.links, r})
			}
		}
		return c.list(kind, "directoryObjects/microsoft.graph."+kind, list, false)
	}
}

func (c *call) deletedWithoutCast() (answer, error) {
	return answer{}, bad("The resource type of the deleted items must be given, as in /directory/deletedItems/microsoft.graph.application.")
}

func (c *call) deletedItem() (*record, error) {
	if !c.who.sees(kindApplication) {
		return nil, denied()
	}
	r := c.s.dir.byID(c.key(0).Key, kindApplication, kindPrincipal)
	if r == nil || r.now.doc == nil || !r.now.deleted {
		return nil, notFound(c.key(0).Key)
	}
	return r, nil
}

func (c *call) readDeleted() (answer, error) {
	r, err := c.deletedItem()
	if err != nil {
		return answer{}, err
	}
	_, cast, casting := strings.Cut(c.template, "microsoft.graph.")
	if v := c.s.dir.lag.see(r); v.doc == nil || !v.deleted || (casting && cast != r.kind) {
		return answer{}, notFound(c.key(0).Key)
	}
	if !c.who.mayRead(r) {
		return answer{}, denied()
	}
	out, err := c.entity(http.StatusOK, r.kind, r.now.doc)
	if err != nil {
		return answer{}, err
	}
	body, _ := out.body.(Object)
	body["@odata.type"] = "#microsoft.graph." + r.kind
	return out, nil
}

func (c *call) purgeDeleted() (answer, error) {
	r, err := c.deletedItem()
	if err != nil {
		return answer{}, err
	}
	if !c.who.mayManage(r) {
		return answer{}, denied()
	}
	c.s.purge(r)
	return empty(), nil
}

// restoreDeleted brings one object back. Restoring an application does not restore its service principal.
func (c *call) restoreDeleted() (answer, error) {
	r, err := c.deletedItem()
	if err != nil {
		return answer{}, err
	}
	if !c.who.mayManage(r) {
		return answer{}, denied()
	}
	if r.kind == kindPrincipal {
		appID := text(r.now.doc, "appId")
		if c.s.dir.find(kindPrincipal, "appId", appID) != nil {
			return answer{}, principalExists(appID)
		}
		if c.s.dir.find(kindApplication, "appId", appID) == nil {
			return answer{}, c.noBackingApplication(appID)
		}
	}
	doc := clone(r.now.doc)
	doc["deletedDateTime"] = nil
	v := r.now
	v.doc, v.deleted = doc, false
	c.s.dir.put(r.kind, r.id, v)
	out, err := c.entity(http.StatusOK, r.kind, doc)
	if err != nil {
		return answer{}, err
	}
	body, _ := out.body.(Object)
	body["@odata.context"] = c.origin + "/v1.0/$metadata#directoryObjects/$entity"
	body["@odata.type"] = "#microsoft.graph." + r.kind
	return out, nil
}

// binned lists the deleted objects of a kind, oldest object first.
func (d *directory) binned(kind string) []*record {
	var out []*record
	for _, r := range d.bin {
		if r.kind == kind {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *record) int { return int(a.seq) - int(b.seq) }) //nolint:gosec // small numbers
	return out
}
