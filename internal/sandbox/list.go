package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

const (
	defaultPage = 100
	maxPage     = 999
	maxExpand   = 20 // related objects inside $expand; the rest is silently left out, as at Microsoft
)

// row is one object of a list as seen by this request.
type row struct {
	kind  string
	doc   Object
	links []string
	rec   *record
}

// rows looks at each record once and keeps those that exist for this request.
func (c *call) rows(records []*record) []row {
	out := make([]row, 0, len(records))
	for _, r := range records {
		if v, ok := c.s.dir.see(r); ok {
			out = append(out, row{r.kind, v.doc, v.links, r})
		}
	}
	return out
}

// list answers a collection: filter, order, page, select, expand. kind is the collection's declared type; mixed marks
// collections of directoryObject, whose items say their own type.
func (c *call) list(kind, context string, all []row, mixed bool) (answer, error) {
	q := c.query
	if err := c.checkList(kind); err != nil {
		return answer{}, err
	}
	kept := all
	if q.Filter != nil {
		kept = make([]row, 0, 8)
		for _, r := range all {
			if odata.Match(q.Filter, r.doc) {
				kept = append(kept, r)
			}
		}
	}
	c.sortRows(kept)
	total := len(kept)
	size := defaultPage
	if q.Top > 0 {
		size = q.Top
	}
	if len(q.Expand) > 0 && size > defaultPage {
		size = defaultPage
	}
	start, err := readSkipToken(q.SkipToken)
	if err != nil {
		return answer{}, err
	}
	from := 0
	if start > 0 {
		// Tokens carry the sequence number of the last object shown, so that objects removed or added between two
		// pages neither repeat nor hide others.
		from = sort.Search(len(kept), func(i int) bool { return kept[i].rec.seq > start })
		if len(q.OrderBy) > 0 {
			from = min(int(start), len(kept)) //nolint:gosec // a position within a list
		}
	}
	end := min(from+size, len(kept))
	value := make([]any, 0, end-from)
	for _, r := range kept[from:end] {
		shaped, err := c.shapeRow(kind, r, q.Select, mixed)
		if err != nil {
			return answer{}, err
		}
		if err := c.expand(shaped, r); err != nil {
			return answer{}, err
		}
		value = append(value, shaped)
	}
	body := Object{"@odata.context": c.origin + "/v1.0/$metadata#" + context, "value": value}
	if q.Count {
		body["@odata.count"] = total
	}
	if end < len(kept) {
		next := kept[end-1].rec.seq
		if len(q.OrderBy) > 0 {
			next = uint64(end) //nolint:gosec // never negative
		}
		body["@odata.nextLink"] = c.nextLink(next)
	}
	return answer{status: http.StatusOK, body: body}, nil
}

func (c *call) shapeRow(declared string, r row, fields []string, mixed bool) (Object, error) {
	if mixed {
		return c.shapeMixed(r.kind, r.doc, fields)
	}
	return c.shape(declared, r.doc, fields)
}

func (c *call) sortRows(rows []row) {
	if len(c.query.OrderBy) == 0 {
		return
	}
	o := c.query.OrderBy[0]
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := strings.ToLower(text(rows[i].doc, o.Path)), strings.ToLower(text(rows[j].doc, o.Path))
		if o.Desc {
			return a > b
		}
		return a < b
	})
}

func (c *call) nextLink(seq uint64) string {
	values, _ := url.ParseQuery(c.rawQuery)
	for _, name := range []string{"$skiptoken", "skiptoken"} {
		values.Del(name)
	}
	values.Set("$skiptoken", skipToken(seq))
	return c.origin + "/v1.0" + c.rawPath + "?" + values.Encode()
}

func skipToken(seq uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte("RFNwdAIAAQAAA:" + strconv.FormatUint(seq, 36)))
}

func readSkipToken(token string) (uint64, error) {
	if token == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		if _, digits, ok := strings.Cut(string(raw), ":"); ok {
			if seq, err := strconv.ParseUint(digits, 36, 63); err == nil {
				return seq, nil
			}
		}
	}
	return 0, &problem{Status: http.StatusBadRequest, Code: "Directory_ExpiredPageToken", Message: "The specified page token value has expired and can no longer be included in your request."}
}

// expand includes at most one relation, at most twenty related objects, and no link to the rest.
func (c *call) expand(shaped Object, r row) error {
	for _, e := range c.query.Expand {
		related, kind, mixed := c.related(r.rec, r.links, e.Name)
		list := make([]any, 0, min(len(related), maxExpand))
		for _, other := range c.rows(related) {
			if len(list) == maxExpand {
				break
			}
			doc, err := c.shapeRow(kind, other, e.Select, mixed)
			if err != nil {
				return err
			}
			list = append(list, doc)
		}
		shaped[e.Name] = list
	}
	return nil
}

// related lists the records behind a relation, the type of its items, and whether they differ in type.
func (c *call) related(r *record, links []string, name string) (list []*record, kind string, mixed bool) {
	d := c.s.dir
	switch name {
	case "owners":
		for _, id := range links {
			if o := d.byID(id, kindUser, kindPrincipal); o != nil {
				list = append(list, o)
			}
		}
		return list, "directoryObject", true
	case "appliesTo":
		for _, id := range links {
			if o := d.byID(id, kindApplication, kindPrincipal); o != nil {
				list = append(list, o)
			}
		}
		return list, "directoryObject", true
	case "ownedObjects":
		list = append(d.holding(kindApplication, linkField, r.id), d.holding(kindPrincipal, linkField, r.id)...)
		slices.SortFunc(list, func(a, b *record) int { return int(a.seq) - int(b.seq) }) //nolint:gosec // small numbers
		return list, "directoryObject", true
	case "appRoleAssignments":
		return c.relatedBy(kindAssignment, "principalId", r.id), kindAssignment, false
	case "appRoleAssignedTo":
		return c.relatedBy(kindAssignment, "resourceId", r.id), kindAssignment, false
	case "oauth2PermissionGrants":
		return c.relatedBy(kindGrant, "clientId", r.id), kindGrant, false
	case "federatedIdentityCredentials":
		return d.holding(kindFederated, linkField, r.id), kindFederated, false
	case "appManagementPolicies":
		return d.holding(kindPolicy, linkField, r.id), kindPolicy, false
	}
	return nil, "", false
}

// relatedBy is holding, and while replicas lag also what was removed but may still be shown.
func (c *call) relatedBy(kind, field, value string) []*record {
	list := c.s.dir.holding(kind, field, value)
	if c.s.dir.lag != nil {
		for _, r := range c.s.dir.all(kind) {
			if r.now.doc == nil && len(r.past) > 0 && text(r.past[0].doc, field) == value {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return int(a.seq) - int(b.seq) }) //nolint:gosec // small numbers
	return list
}
