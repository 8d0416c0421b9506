package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Policy is what an app management policy says about client secrets.
type Policy struct {
	ID, DisplayName string

	Unreadable   bool // this identity may not read it; Entra checks it anyway
	Enabled      bool
	Restrictions []Restriction
	// AppliesTo are the object ids of the applications and service principals
	// that a custom policy is assigned to.
	AppliesTo []string
}

// Restriction is one rule of a policy about passwords.
type Restriction struct {
	Type        string    // passwordAddition, passwordLifetime, customPasswordAddition …
	MaxLifetime Lifetime  // of passwordLifetime
	CreatedFrom time.Time // holds for applications created from then on; zero for all
	Enabled     bool
}

// Lifetime is an ISO 8601 duration as the policy has it, with the shortest time
// it can mean: a month may have 28 days.
type Lifetime struct {
	ISO   string
	Least time.Duration
}

// MaxLifetime returns the longest lifetime that the policy allows a secret of an
// application created then; false if it sets none.
func (p Policy) MaxLifetime(created time.Time) (Lifetime, bool) {
	var out Lifetime
	found := false
	for _, r := range p.inForce(created, "passwordLifetime") {
		if r.MaxLifetime.ISO != "" && (!found || r.MaxLifetime.Least < out.Least) {
			out, found = r.MaxLifetime, true
		}
	}
	return out, found
}

// BlocksPasswords tells whether the policy forbids adding secrets to an
// application created then.
func (p Policy) BlocksPasswords(created time.Time) bool {
	return len(p.inForce(created, "passwordAddition")) > 0
}

func (p Policy) inForce(created time.Time, kind string) []Restriction {
	var out []Restriction
	for _, r := range p.Restrictions {
		if p.Enabled && r.Enabled && strings.EqualFold(r.Type, kind) && !created.Before(r.CreatedFrom) {
			out = append(out, r)
		}
	}
	return out
}

type policyJSON struct {
	ID                      string            `json:"id"`
	DisplayName             *string           `json:"displayName"`
	IsEnabled               bool              `json:"isEnabled"`
	ApplicationRestrictions *restrictionsJSON `json:"applicationRestrictions"` // of the tenant's
	Restrictions            *restrictionsJSON `json:"restrictions"`            // of an application's
}

type restrictionsJSON struct {
	PasswordCredentials []struct {
		RestrictionType                     string     `json:"restrictionType"`
		MaxLifetime                         *string    `json:"maxLifetime"`
		RestrictForAppsCreatedAfterDateTime *time.Time `json:"restrictForAppsCreatedAfterDateTime"`
		State                               *string    `json:"state"`
	} `json:"passwordCredentials"`
}

// Policy reads the tenant's default app management policy. An identity that may
// not read it gets one that is Unreadable, and no error.
func (c *Client) Policy(ctx context.Context) (Policy, error) {
	q, err := c.form.raw("/policies/defaultAppManagementPolicy", nil, nil)
	if err != nil {
		return Policy{}, err
	}
	q.what = "the tenant's app management policy"
	var p Policy
	q.check = func(a *answer) (err error) {
		p, err = parsePolicy(a.body)
		return err
	}
	_, err = c.do(ctx, q)
	if unreadable(err) || errors.Is(err, ErrGone) {
		return Policy{Unreadable: true}, nil
	}
	return p, err
}

// CustomPolicies reads the tenant's custom app management policies and what
// they are assigned to: there one takes the place of the tenant's. That is one
// request and one a policy, however many applications there are. An identity
// that may not read them gets none.
func (c *Client) CustomPolicies(ctx context.Context) ([]Policy, error) {
	q, err := c.form.raw("/policies/appManagementPolicies", nil, nil)
	if err != nil {
		return nil, err
	}
	q.what = "custom app management policies"
	list, err := all(ctx, c, q, func(raw json.RawMessage) (Policy, error) { return parsePolicy(raw) })
	if unreadable(err) || errors.Is(err, ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].AppliesTo, err = c.appliesTo(ctx, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (c *Client) appliesTo(ctx context.Context, policyID string) ([]string, error) {
	q, err := c.form.raw("/policies/appManagementPolicies/"+url.PathEscape(policyID)+"/appliesTo", nil, nil)
	if err != nil {
		return nil, err
	}
	q.what = "what app management policy " + policyID + " is assigned to"
	return all(ctx, c, q, func(raw json.RawMessage) (string, error) {
		if id := stringOf(fieldsOf(raw)["id"]); id != "" {
			return id, nil
		}
		return "", errNoObject
	})
}

// unreadable tells that policies cannot be had: this identity may not read them,
// or the cloud has none. Entra holds a secret against them whoever asks.
func unreadable(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusForbidden || e.Status == http.StatusNotImplemented)
}

func parsePolicy(body []byte) (Policy, error) {
	var j policyJSON
	if err := json.Unmarshal(body, &j); err != nil {
		return Policy{}, err
	}
	p := Policy{ID: j.ID, DisplayName: text(j.DisplayName), Enabled: j.IsEnabled}
	for _, set := range []*restrictionsJSON{j.ApplicationRestrictions, j.Restrictions} {
		if set == nil {
			continue
		}
		for _, r := range set.PasswordCredentials {
			out := Restriction{Type: r.RestrictionType, CreatedFrom: moment(r.RestrictForAppsCreatedAfterDateTime), Enabled: !strings.EqualFold(text(r.State), "disabled")}
			if r.MaxLifetime != nil {
				least, err := parseLifetime(*r.MaxLifetime)
				if err != nil {
					return Policy{}, err
				}
				out.MaxLifetime = Lifetime{*r.MaxLifetime, least}
			}
			p.Restrictions = append(p.Restrictions, out)
		}
	}
	return p, nil
}

// parseLifetime reads an ISO 8601 duration.
func parseLifetime(s string) (time.Duration, error) {
	m := regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?$`).FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return 0, fmt.Errorf("read lifetime: %q is no ISO 8601 duration", s)
	}
	const day = 24 * time.Hour
	var d time.Duration
	units := []time.Duration{365 * day, 28 * day, 7 * day, day, time.Hour, time.Minute, time.Second}
	for i, unit := range units {
		if m[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || n > int64(maxLifetime/unit) {
			return maxLifetime, nil
		}
		d = min(d+time.Duration(n)*unit, maxLifetime)
	}
	return d, nil
}

// maxLifetime is longer than any secret's and far from overflow.
const maxLifetime = 100 * 365 * 24 * time.Hour
