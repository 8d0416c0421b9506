package sandbox

import (
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/sandbox/odata"
)

const (
	maxClauses  = 15   // members of "in", or of a chain of "or", without advanced queries
	maxURLChars = 2048 // of an advanced query
)

// filterable says for each property of a kind which operators plain queries allow, and which need the search index.
// A property that is missing cannot be filtered at all.
type filterable struct{ plain, advanced []string }

// filters is the table of Microsoft's page on advanced query capabilities, as far as the sandbox's kinds go.
// Lambdas are written "tags/any" or "requiredResourceAccess/any(resourceAppId)".
func filters(kind string) map[string]filterable {
	eq := []string{"eq"}
	eqIn := []string{"eq", "in"}
	eqSW := []string{"eq", "in", "startswith"}
	times := []string{"eq", "ge", "le"}
	adv := []string{"ne", "not", "endswith"}
	only := func(ops ...string) filterable { return filterable{advanced: append(ops, adv...)} }
	switch kind {
	case kindApplication:
		return map[string]filterable{
			"id": {eqIn, adv}, "appId": {eqIn, adv}, "displayName": {eqSW, adv}, "uniqueName": {eqIn, adv},
			"identifierUris/any": {eqSW, adv}, "tags/any": {eqSW, adv}, "publisherDomain": {eqSW, adv},
			"signInAudience": {eqSW, adv}, "createdDateTime": {times, []string{"ne", "not", "gt", "lt"}},
			"web/redirectUris/any": {eqSW, adv}, "web/homePageUrl": {eqSW, adv},
			"description": only("eq", "startswith"), "notes": only("eq", "startswith"),
			"serviceManagementReference":                only("eq", "startswith"),
			"requiredResourceAccess/any(resourceAppId)": only("eq"),
			"spa/redirectUris/any":                      only("eq", "startswith"),
			"publicClient/redirectUris/any":             only("eq", "startswith"),
		}
	case kindPrincipal:
		return map[string]filterable{
			"id": {eqIn, adv}, "appId": {eqIn, adv}, "displayName": {eqSW, adv}, "servicePrincipalNames/any": {eqSW, adv},
			"servicePrincipalType": {eqIn, adv}, "tags/any": {eqSW, adv}, "accountEnabled": {eqIn, adv},
			"appOwnerOrganizationId": only("eq"), "createdDateTime": {times, adv}, "alternativeNames/any": {eqSW, adv},
			"homepage": {eqSW, adv}, "appDisplayName": only("eq", "startswith"), "notes": only("eq", "startswith"),
			"preferredSingleSignOnMode": only("eq", "startswith"), "description": only("eq", "startswith"),
		}
	case kindUser:
		return map[string]filterable{
			"id": {eqIn, adv}, "userPrincipalName": {eqSW, adv}, "mail": {eqSW, adv}, "displayName": {eqSW, adv},
			"givenName": {eqSW, adv}, "surname": {eqSW, adv}, "mailNickname": {eqSW, adv}, "accountEnabled": {eqIn, adv},
			"userType": {eqIn, adv}, "proxyAddresses/any": {eqSW, adv}, "otherMails/any": {eqSW, adv},
			"createdDateTime": {times, adv}, "usageLocation": {eqSW, adv},
		}
	case kindGrant:
		return map[string]filterable{
			"clientId": {eq, nil}, "consentType": {eq, nil}, "principalId": {eq, nil}, "resourceId": {eq, nil}, "id": {eq, nil},
		}
	case kindAssignment:
		return map[string]filterable{"resourceId": {eq, nil}, "principalId": {eq, nil}}
	case kindFederated:
		return map[string]filterable{"name": {eqSW, nil}, "issuer": {eqSW, nil}, "subject": {eqSW, nil}, "id": {eq, nil}}
	case kindDomain:
		return map[string]filterable{"id": {eqSW, nil}}
	}
	return nil
}

// expandable lists the relations that $expand supports on a kind.
func expandable(kind string) []string {
	switch kind {
	case kindApplication:
		return []string{"owners", "appManagementPolicies", "federatedIdentityCredentials"}
	case kindPrincipal:
		return []string{"owners", "appRoleAssignments", "appRoleAssignedTo", "ownedObjects", "appManagementPolicies"}
	}
	return nil
}

// checkList refuses the queries that the directory refuses.
func (c *call) checkList(kind string) error {
	q := c.query
	if q.Top > maxPage {
		return bad("Invalid page size specified: '%d'. Must be between 1 and 999 inclusive.", q.Top)
	}
	if q.Search != "" {
		if !c.eventual() {
			return bad("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
		}
		return notModelled("$search")
	}
	if q.Count && !c.eventual() {
		return bad("$count is not currently supported.")
	}
	if err := c.checkExpand(kind); err != nil {
		return err
	}
	advanced := c.eventual() && q.Count
	if advanced && len(c.rawPath)+len(c.rawQuery) > maxURLChars {
		return bad("The request URI is too long.")
	}
	if advanced && len(q.Expand) > 0 {
		return unsupportedQuery("$expand is not supported together with advanced query capabilities.")
	}
	if len(q.OrderBy) > 0 {
		if len(q.OrderBy) > 1 || q.OrderBy[0].Path != "displayName" || filters(kind)["displayName"].plain == nil {
			return unsupportedQuery("Sorting by '%s' is not supported for the resource '%s'.", q.OrderBy[0].Path, resourceName(kind))
		}
		if q.Filter != nil && !advanced {
			return unsupportedQuery("Sorting not supported for current query.")
		}
	}
	if q.Filter == nil {
		return nil
	}
	return checkFilter(kind, q.Filter, advanced)
}

func (c *call) checkExpand(kind string) error {
	q := c.query
	if len(q.Expand) > 1 {
		return bad("The query specified in the URI is not valid. Only one property can be expanded in a single query.")
	}
	for _, e := range q.Expand {
		t, _ := c.s.model.Type(kind)
		if t == nil {
			return bad("Could not find a property named '%s' on type 'microsoft.graph.%s'.", e.Name, kind)
		}
		if _, ok := t.Navigation[e.Name]; !ok {
			return bad("Could not find a property named '%s' on type 'microsoft.graph.%s'.", e.Name, kind)
		}
		if !slices.Contains(expandable(kind), e.Name) {
			return unsupportedQuery("Expanding the property '%s' of the resource '%s' is not supported.", e.Name, resourceName(kind))
		}
		if e.Nested {
			return unsupportedQuery("Only $select is supported inside $expand.")
		}
	}
	return nil
}

func checkFilter(kind string, e odata.Expr, advanced bool) error {
	table := filters(kind)
	if table == nil {
		return unsupportedQuery("The resource '%s' does not support $filter.", resourceName(kind))
	}
	if !advanced {
		if n := orClauses(e); n > maxClauses {
			return bad("Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: %d.", n, maxClauses)
		}
		if h := height(e); h > 3 {
			return bad("The filter expression has excessive height: %d. Max allowed: 3.", h)
		}
	}
	var err error
	inside := "" // the lambda a body's nodes belong to
	var visit func(e odata.Expr, negated bool)
	use := func(path, op string) {
		if err == nil {
			err = allow(table, kind, inside, path, op, advanced)
		}
	}
	visit = func(e odata.Expr, negated bool) {
		switch x := e.(type) {
		case odata.And:
			visit(x.L, negated)
			visit(x.R, negated)
		case odata.Or:
			visit(x.L, negated)
			visit(x.R, negated)
		case odata.Not:
			if !advanced {
				err = unsupportedQuery("Unsupported or invalid query filter clause: the operator 'not' needs the header 'ConsistencyLevel: eventual' and $count=true.")
				return
			}
			visit(x.X, true)
		case odata.Compare:
			use(x.Path, x.Op)
		case odata.In:
			use(x.Path, "in")
		case odata.Call:
			use(x.Path, x.Func)
		case odata.Any:
			if x.All || x.Body == nil || inside != "" {
				err = unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", x.Path, resourceName(kind))
				return
			}
			inside = x.Path
			visit(x.Body, negated)
			inside = ""
		}
	}
	visit(e, false)
	return err
}

func allow(table map[string]filterable, kind, lambda, path, op string, advanced bool) error {
	name := path
	if lambda != "" {
		name = lambda + "/any"
		if path != "" {
			name += "(" + path + ")"
		}
	}
	f, ok := table[name]
	if ok && (slices.Contains(f.plain, op) || (advanced && slices.Contains(f.advanced, op))) {
		return nil
	}
	shown := strings.TrimSuffix(name, "/any")
	return unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", shown, resourceName(kind))
}

// orClauses is the length of the longest chain of alternatives.
func orClauses(e odata.Expr) int {
	longest := 0
	var chain func(odata.Expr) int
	chain = func(e odata.Expr) int {
		if x, ok := e.(odata.Or); ok {
			return chain(x.L) + chain(x.R)
		}
		return 1
	}
	odata.Walk(e, func(e odata.Expr) {
		switch x := e.(type) {
		case odata.Or:
			longest = max(longest, chain(x))
		case odata.In:
			longest = max(longest, len(x.Values))
		}
	})
	return longest
}

// height counts alternations of and, or and not; a chain of one operator is one level.
func height(e odata.Expr) int {
	var h func(e odata.Expr, above string) int
	h = func(e odata.Expr, above string) int {
		level := func(op string, kids ...odata.Expr) int {
			deepest := 0
			for _, k := range kids {
				deepest = max(deepest, h(k, op))
			}
			if op == above {
				return deepest
			}
			return deepest + 1
		}
		switch x := e.(type) {
		case odata.And:
			return level("and", x.L, x.R)
		case odata.Or:
			return level("or", x.L, x.R)
		case odata.Not:
			return level("not", x.X)
		}
		return 1
	}
	return h(e, "")
}
