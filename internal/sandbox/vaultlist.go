package sandbox

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// vaultPage is how many items a page holds unless fewer are asked for.
const vaultPage = 25

// listed is one item with what it is sorted by.
type listed struct {
	key string
	doc Object
}

func (c *vaultCall) listSecrets() (answer, *problem) {
	var all []listed
	for key, t := range c.s.vaults[c.vault] {
		c.name = t.Name
		if c.live() != nil {
			all = append(all, listed{key, c.item(t, t.current())})
		}
	}
	return c.page("/secrets", all)
}

// listVersions of a secret that is not there is an empty list. The order is that of the ids, which says nothing.
func (c *vaultCall) listVersions() (answer, *problem) {
	var all []listed
	if t := c.live(); t != nil {
		for _, v := range t.Versions {
			all = append(all, listed{v.ID, c.bundle(t, v)})
		}
	}
	return c.page("/secrets/"+c.name+"/versions", all)
}

func (c *vaultCall) listDeleted() (answer, *problem) {
	var all []listed
	for key, t := range c.s.vaults[c.vault] {
		c.name = t.Name
		if t, p := c.gone(); p == nil {
			doc := c.deletedBundle(t)
			doc["id"] = c.origin + "/secrets/" + t.Name
			all = append(all, listed{key, doc})
		}
	}
	return c.page("/deletedsecrets", all)
}

// page cuts a list. The address of the next page names the port, as the service's does.
func (c *vaultCall) page(path string, all []listed) (answer, *problem) {
	size := vaultPage
	if text := c.query.Get("maxresults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > vaultPage {
			return answer{}, badParameter("maxresults must be a number from 1 to %d.", vaultPage)
		}
		size = n
	}
	after := ""
	if token := c.query.Get("$skiptoken"); token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return answer{}, badParameter("The $skiptoken is not one that was handed out.")
		}
		after = string(raw)
	}
	slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.key, b.key) })
	all = slices.DeleteFunc(all, func(l listed) bool { return l.key <= after })
	var next any
	if len(all) > size {
		all = all[:size]
		q := maps.Clone(c.query)
		q.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(all[size-1].key)))
		origin := c.origin
		if u, err := url.Parse(origin); err == nil && u.Port() == "" {
			origin += ":443"
		}
		next = origin + path + "?" + q.Encode()
	}
	items := []any{}
	for _, l := range all {
		items = append(items, l.doc)
	}
	return answer{status: http.StatusOK, body: Object{"value": items, "nextLink": next}}, nil
}
