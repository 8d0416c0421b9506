package status

import (
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// identity reports on who the run is signed in as.
func (b *builder) identity() {
	self := b.in.Self
	if self == nil {
		return
	}
	i := Identity{Name: b.in.Name, TenantID: b.in.TenantID, SignedInAs: self.Name, ClientID: self.ClientID, Kind: self.Kind}
	switch self.Kind {
	case BySecret:
		i.Hint = self.Hint
		b.ownSecret(&i, self)
	case ByCertificate:
		i.EndsAt, i.EndsLocalDate = utc(self.CertificateEnds), b.day(self.CertificateEnds)
		if i.EndsAt.IsZero() {
			i.Unknown = "the file does not hold the certificate of its key"
		}
	case ByUnknown:
		i.Unknown = "the tool that signed in does not say with which credential"
	}
	b.r.Identities = append(b.r.Identities, i)
}

// ownSecret finds the secret signed in with among those of the application.
// Several may begin alike: then the one that ends first is reported, since
// warning early does no harm.
func (b *builder) ownSecret(i *Identity, self *Self) {
	if self.Unreadable != "" {
		i.Unknown = self.Unreadable
		return
	}
	var mine []appregistration.Credential
	for _, c := range self.Secrets {
		if c.Hint == self.Hint && c.End.After(b.in.Now) {
			mine = append(mine, c)
		}
	}
	if len(mine) == 0 {
		i.Unknown = fmt.Sprintf("its application holds no secret that begins with %s", self.Hint)
		return
	}
	first := slices.MinFunc(mine, func(a, c appregistration.Credential) int { return a.End.Compare(c.End) })
	i.DisplayName, i.EndsAt, i.EndsLocalDate = first.DisplayName, utc(first.End), b.day(first.End)
}
