package status

// identity reports on who the run is signed in as.
func (b *builder) identity() {
	self := b.in.Self
	if self == nil {
		return
	}
	b.r.Identities = append(b.r.Identities, Identity{
		Name: b.in.Name, TenantID: b.in.TenantID, SignedInAs: self.Name, ClientID: self.ClientID, Kind: self.Kind, Hint: self.Hint,
		EndsAt: utc(self.EndsAt), EndsLocalDate: b.day(self.EndsAt), Unknown: self.Unknown,
	})
}
