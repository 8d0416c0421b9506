package state

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

// normalise brings a document into the one form in which it is written and in
// which it is read: sorted by address, times in UTC without a monotonic
// reading, no nil lists, attributes as compact JSON with sorted keys. Two
// documents that say the same are then the same bytes.
func (d *Document) normalise() error {
	sortBy(&d.Applications, func(a *Application) addr.Instance { return a.Address })
	sortBy(&d.Secrets, func(s *Secret) addr.Instance { return s.Address })
	sortBy(&d.Targets, func(t *Target) addr.Instance { return t.Address })
	for _, a := range d.Applications {
		utc(&a.WrittenAt)
		if err := canonical(a.Address, &a.Attributes, &a.Expected, &a.Previous); err != nil {
			return err
		}
	}
	for _, s := range d.Secrets {
		if s.Credentials == nil {
			s.Credentials = []*Credential{}
		}
		for _, c := range s.Credentials {
			utc(&c.IntendedAt, &c.CreatedAt, &c.EndsAt, &c.VerifiedAt, &c.DeliveredAt,
				&c.ConfirmedAt, &c.SupersededAt, &c.RetiredAt, &c.AbandonedAt, &c.RevokedAt, &c.RejectedAt)
		}
		if err := canonical(s.Address, &s.Attributes); err != nil {
			return err
		}
	}
	for _, t := range d.Targets {
		for i := range t.Confirmations {
			utc(&t.Confirmations[i].At)
		}
		if err := canonical(t.Address, &t.Attributes); err != nil {
			return err
		}
	}
	if d.Outputs == nil {
		d.Outputs = map[string]Output{}
	}
	for name, o := range d.Outputs {
		if err := canonical(name, &o.Value, &o.Type); err != nil {
			return err
		}
		d.Outputs[name] = o
	}
	return nil
}

func sortBy[T any](list *[]*T, address func(*T) addr.Instance) {
	if *list == nil {
		*list = []*T{}
	}
	slices.SortStableFunc(*list, func(a, b *T) int {
		return addr.Compare(address(a), address(b))
	})
}

func utc(times ...*time.Time) {
	for _, t := range times {
		*t = t.UTC().Round(0)
	}
}

// canonical rewrites JSON with sorted keys and without white space. Numbers
// keep their digits: a float64 in between would change large ones.
func canonical(of any, raws ...*json.RawMessage) error {
	for _, raw := range raws {
		if len(*raw) == 0 {
			*raw = nil
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(*raw))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			return fmt.Errorf("attributes of %v: %w", of, err)
		}
		b, err := marshal(v, "")
		if err != nil {
			return fmt.Errorf("attributes of %v: %w", of, err)
		}
		*raw = bytes.TrimSpace(b)
	}
	return nil
}

// marshal writes JSON without the escapes that only a browser needs, and with
// a newline at the end.
func marshal(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
