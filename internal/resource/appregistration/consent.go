package appregistration

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

// ConsentInput is what tenant-wide consent is decided from.
type ConsentInput struct {
	Desired   cty.Value // attributes wanted; NilVal: the application goes
	Prior     cty.Value // attributes last applied; NilVal: never
	Granted   map[resource.Permission]bool
	SignIn    map[resource.Permission]bool // what the products' own sign-in may add
	SkipGrant bool                         // -consent=skip
	Ignore    func(path string) bool       // ignore_changes
}

// Consent is what is to be done about tenant-wide consent.
type Consent struct {
	Grant   []resource.Permission
	Revoke  []resource.Permission
	Pending []resource.Permission // requested or declared, and somebody else's to grant
	// Undeclared are those of Revoke that the configuration never asked for.
	Undeclared []resource.Permission
}

// DecideConsent compares the consent that is declared with what is granted.
//
// With admin_consent every requested permission is granted and nothing else.
// Without it nothing is granted by us, and what an administrator granted of
// the requested permissions stays, unless we had granted it ourselves before.
// Nothing is revoked while a grant of the same application is left to somebody
// else, since the one may replace the other.
func DecideConsent(in ConsentInput) Consent {
	var c Consent
	requested := map[resource.Permission]bool{}
	declared := false
	if in.Desired != cty.NilVal {
		requested = Requested(in.Desired)
		declared = resource.True(in.Desired.GetAttr("admin_consent"))
	}
	withdrawn := in.Desired != cty.NilVal && !declared && in.Prior != cty.NilVal && resource.True(in.Prior.GetAttr("admin_consent"))
	for p := range requested {
		switch {
		case in.Granted[p] && withdrawn:
			c.Revoke = append(c.Revoke, p)
		case in.Granted[p]:
		case declared && !in.SkipGrant:
			c.Grant = append(c.Grant, p)
		default:
			c.Pending = append(c.Pending, p)
		}
	}
	for p := range in.Granted {
		if requested[p] || in.SignIn[p] || in.Ignore != nil && (in.Ignore("api_permissions") || in.Ignore("admin_consent")) {
			continue
		}
		c.Revoke = append(c.Revoke, p)
		if in.Prior == cty.NilVal || !Requested(in.Prior)[p] {
			c.Undeclared = append(c.Undeclared, p)
		}
	}
	if declared && len(c.Pending) > 0 {
		c.Revoke = nil
		c.Undeclared = nil
	}
	for _, list := range [][]resource.Permission{c.Grant, c.Revoke, c.Pending, c.Undeclared} {
		slices.SortFunc(list, ComparePermissions)
	}
	return c
}

// ComparePermissions orders permissions by API, kind and name.
func ComparePermissions(a, b resource.Permission) int {
	return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
}
