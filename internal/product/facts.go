package product

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
)

// Facts is what a sheet is made from. Dates come as strings prepared in the
// configuration's time zone; there is no clock here.
type Facts struct {
	Target   addr.Instance
	Attrs    cty.Value // the target's attributes
	App      cty.Value // the app registration's attributes, computed ones included
	Language string    // ja or en; Japanese for anything else
	Occasion string    // First or Rotation
	TenantID string
	ClientID string
	Secret   SecretRef // the credential to be entered
	// RotatesOn is when this credential will be due (YYYY-MM-DD).
	RotatesOn string
	// Rotation is what a person must know besides where Occasion is Rotation.
	Rotation RotationFacts
	// Confirmed is the confirmation that the product has this very credential;
	// nil as long as nobody gave one.
	Confirmed *Confirmed
	// LoginHost and GraphHost are the cloud's; the public ones if empty.
	LoginHost string
	GraphHost string
	// Roles are those of Exchange Online that limit the application to
	// mailboxes.
	Roles []RoleFacts
	// Warnings are added to the entry's own: risks that were found.
	Warnings []string
}

// RotationFacts tell, at a rotation, of the credential that the product still
// uses and of the days on which its successor is to be entered.
type RotationFacts struct {
	InUse SecretRef
	From  string // YYYY-MM-DD: since when the successor is due or can be had
	By    string // YYYY-MM-DD: when the one in use stops working
	// Whole is set where more than the secret is to be entered again, because
	// other values have changed since the product got its own.
	Whole bool
	// Stopped is set where that day is over: the product stands still.
	Stopped bool
	// Earlier is set where the value to be entered is older than the one in
	// use: somebody went back to it.
	Earlier bool
	// Readable is set while sinks keep the value in use beside the successor.
	Readable bool
	// Delivered is set where the successor counts as in use by its delivery, so
	// that nobody confirms it and there is nothing to reject.
	Delivered bool
}

func (f Facts) withDefaults() Facts {
	if !slices.Contains(Languages(), f.Language) {
		f.Language = Languages()[0]
	}
	f.Occasion = cmp.Or(f.Occasion, First)
	f.LoginHost = cmp.Or(f.LoginHost, "login.microsoftonline.com")
	f.GraphHost = cmp.Or(f.GraphHost, "graph.microsoft.com")
	return f
}

// scope holds everything known at the time of the sheet.
func (p *Product) factsScope(f Facts) scope {
	s := p.planScope(f.Attrs, f.App, f.Language)
	app := s.ctx.Variables["app"].AsValueMap()
	app["client_id"], app["tenant_id"] = cty.StringVal(f.ClientID), cty.StringVal(f.TenantID)
	s.ctx.Variables["app"] = cty.ObjectVal(app)
	s.ctx.Variables["tenant"] = cty.ObjectVal(map[string]cty.Value{
		"id": cty.StringVal(f.TenantID), "login_host": cty.StringVal(f.LoginHost), "graph_host": cty.StringVal(f.GraphHost),
	})
	s.ctx.Variables["secret"] = cty.ObjectVal(map[string]cty.Value{
		"ref": cty.StringVal(f.Secret.Ref), "key_id": cty.StringVal(f.Secret.KeyID), "hint": cty.StringVal(f.Secret.Hint),
		"expires_at": cty.StringVal(f.Secret.ExpiresAt), "expires_on": cty.StringVal(f.Secret.ExpiresOn),
	})
	s.ctx.Variables["target"] = cty.ObjectVal(map[string]cty.Value{
		"address": cty.StringVal(f.Target.String()), "contact": asString(p.attr(f.Attrs, "contact")),
	})
	return s
}

// before is the date a duration such as "2mo" before date (YYYY-MM-DD), or ""
// if either is missing. A day that the month lacks becomes its last one.
func before(date, duration string) string {
	if date == "" || duration == "" {
		return ""
	}
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	n, unit := 0, ""
	if _, err := fmt.Sscanf(duration, "%d%s", &n, &unit); err != nil {
		return ""
	}
	switch unit {
	case "d":
		t = t.AddDate(0, 0, -n)
	case "w":
		t = t.AddDate(0, 0, -7*n)
	case "mo":
		t = monthsBefore(t, n)
	case "y":
		t = monthsBefore(t, 12*n)
	default:
		return ""
	}
	return t.Format(time.DateOnly)
}

func monthsBefore(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()-time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// dated is a source's date in words.
func (s Source) dated(lang string) string {
	if s.Dated[lang] != "" {
		return s.Dated[lang]
	}
	year, rest, _ := strings.Cut(s.AsOf, "-")
	month, day, hasDay := strings.Cut(rest, "-")
	switch {
	case s.AsOf == "" && lang == "ja":
		return "日付なし"
	case s.AsOf == "":
		return "undated"
	case hasDay && lang == "ja":
		return year + "/" + month + "/" + day
	case lang == "ja":
		return year + "年" + strings.TrimPrefix(month, "0") + "月"
	}
	return s.AsOf
}
