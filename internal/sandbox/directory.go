package sandbox

import (
	"slices"
	"sort"
	"strings"
	"time"
)

// Object is a directory object as Graph answers it, without annotations. A stored Object is never changed in place:
// writers replace it, so that readers, replicas that lag and snapshots can share it without copying.
type Object = map[string]any

// Kinds of records, by the names of their entity types.
const (
	kindApplication = "application"
	kindPrincipal   = "servicePrincipal"
	kindUser        = "user"
	kindOrg         = "organization"
	kindDomain      = "domain"
	kindAssignment  = "appRoleAssignment"
	kindGrant       = "oAuth2PermissionGrant"
	kindDefault     = "tenantAppManagementPolicy"
	kindPolicy      = "appManagementPolicy"
	kindFederated   = "federatedIdentityCredential"
)

// version is the state of one object at one moment.
type version struct {
	doc     Object   // nil: the object does not exist
	links   []string // ids: an application's or principal's owners, a policy's applications, a federated credential's application
	deleted bool     // in the recycle bin
	until   time.Time
}

// record is one object through time. past holds what a replica that has not seen the last writes may still answer.
type record struct {
	id, kind string
	seq      uint64
	now      version
	past     []version
	stale    int // answers that may still come from past, where lag is counted
}

func (r *record) live() bool { return r.now.doc != nil && !r.now.deleted }

type indexKey struct{ kind, field, value string }

// linkField indexes version.links.
const linkField = "→"

// indexed names the properties that are looked up by value.
func indexed(kind string) []string {
	switch kind {
	case kindApplication:
		return []string{"appId", "uniqueName", "identifierUris"}
	case kindPrincipal:
		return []string{"appId", "servicePrincipalNames"}
	case kindUser:
		return []string{"userPrincipalName"}
	case kindAssignment:
		return []string{"principalId", "resourceId"}
	case kindGrant:
		return []string{"clientId", "resourceId"}
	}
	return nil
}

// directory is the tenant's store: objects by id, in order of creation, and by the values of indexed properties.
// It knows nothing of HTTP, of rights or of what Graph allows.
type directory struct {
	records map[string]*record
	kinds   map[string][]*record
	index   map[indexKey][]*record
	bin     map[string]*record // deleted objects that can be restored
	seq     uint64
	lag     *replicas
	dirty   bool // something was written since the last snapshot
}

func newDirectory() *directory {
	return &directory{records: map[string]*record{}, kinds: map[string][]*record{}, index: map[indexKey][]*record{}, bin: map[string]*record{}}
}

// put creates an object or replaces its current version.
func (d *directory) put(kind, id string, v version) *record {
	d.dirty = true
	r, ok := d.records[id]
	if !ok {
		d.seq++
		r = &record{id: id, kind: kind, seq: d.seq}
		d.records[id] = r
		d.kinds[kind] = append(d.kinds[kind], r)
	}
	d.unindex(r)
	d.lag.supersede(r)
	r.now = v
	d.reindex(r)
	if v.deleted {
		d.bin[id] = r
	} else {
		delete(d.bin, id)
	}
	return r
}

// edit replaces the document of an object, keeping its links.
func (d *directory) edit(r *record, doc Object) {
	v := r.now
	v.doc = doc
	d.put(r.kind, r.id, v)
}

// remove makes an object not exist. While replicas lag, its tombstone stays so that they can go on showing it.
func (d *directory) remove(r *record) {
	d.dirty = true
	d.unindex(r)
	d.lag.supersede(r)
	r.now = version{}
	delete(d.bin, r.id)
	if len(r.past) > 0 {
		return
	}
	delete(d.records, r.id)
	list := d.kinds[r.kind]
	at := sort.Search(len(list), func(i int) bool { return list[i].seq >= r.seq })
	if at < len(list) && list[at] == r {
		d.kinds[r.kind] = slices.Delete(list, at, at+1)
	}
}

// settle lets every replica catch up, drops tombstones, and ends the lag.
func (d *directory) settle() {
	d.lag = nil
	for id, r := range d.records {
		r.past, r.stale = nil, 0
		if r.now.doc == nil {
			delete(d.records, id)
		}
	}
	for kind, list := range d.kinds {
		d.kinds[kind] = slices.DeleteFunc(list, func(r *record) bool { return r.now.doc == nil })
	}
}

func (d *directory) unindex(r *record) {
	for _, k := range keysOf(r) {
		list := d.index[k]
		if at := slices.Index(list, r); at >= 0 {
			d.index[k] = slices.Delete(list, at, at+1)
		}
		if len(d.index[k]) == 0 {
			delete(d.index, k)
		}
	}
}

func (d *directory) reindex(r *record) {
	for _, k := range keysOf(r) {
		if !slices.Contains(d.index[k], r) {
			d.index[k] = append(d.index[k], r)
		}
	}
}

func keysOf(r *record) []indexKey {
	if r.now.doc == nil {
		return nil
	}
	var out []indexKey
	for _, field := range indexed(r.kind) {
		switch v := r.now.doc[field].(type) {
		case string:
			out = append(out, indexKey{r.kind, field, strings.ToLower(v)})
		case []any:
			for _, item := range v {
				if text, ok := item.(string); ok {
					out = append(out, indexKey{r.kind, field, strings.ToLower(text)})
				}
			}
		}
	}
	for _, id := range r.now.links {
		out = append(out, indexKey{r.kind, linkField, id})
	}
	return out
}

// holding lists the objects with a value in an indexed property, the deleted ones included, since those hold their
// unique values for as long as they can be restored.
func (d *directory) holding(kind, field, value string) []*record {
	return slices.Clone(d.index[indexKey{kind, field, strings.ToLower(value)}])
}

// find is the one live object with a value in an indexed property, or nil.
func (d *directory) find(kind, field, value string) *record {
	for _, r := range d.index[indexKey{kind, field, strings.ToLower(value)}] {
		if r.live() {
			return r
		}
	}
	return nil
}

// byID is the object with an id and one of the kinds, whether live, deleted or a tombstone; nil if there is none.
func (d *directory) byID(id string, kinds ...string) *record {
	r, ok := d.records[strings.ToLower(id)]
	if !ok {
		// Opaque ids (of grants and assignments) are case-sensitive.
		if r, ok = d.records[id]; !ok {
			return nil
		}
	}
	if len(kinds) > 0 && !slices.Contains(kinds, r.kind) {
		return nil
	}
	return r
}

// all lists the objects of a kind in order of creation, tombstones included.
func (d *directory) all(kind string) []*record { return slices.Clone(d.kinds[kind]) }

// clone copies a JSON value deeply, so that it may be changed.
func clone[T any](v T) T {
	out, _ := cloneValue(any(v)).(T)
	return out
}

func cloneValue(v any) any {
	switch x := v.(type) {
	case map[string]any:
		if x == nil {
			return x
		}
		out := make(map[string]any, len(x))
		for k, item := range x {
			out[k] = cloneValue(item)
		}
		return out
	case []any:
		if x == nil {
			return x
		}
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = cloneValue(item)
		}
		return out
	}
	return v
}

func text(doc Object, field string) string {
	s, _ := doc[field].(string)
	return s
}

func object(doc Object, field string) Object {
	m, _ := doc[field].(map[string]any)
	return m
}

func items(doc Object, field string) []any {
	list, _ := doc[field].([]any)
	return list
}

func texts(list []any) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func anys[T any](list []T) []any {
	out := make([]any, 0, len(list))
	for _, v := range list {
		out = append(out, v)
	}
	return out
}
