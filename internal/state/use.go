package state

// Uses tells whether a product has a credential, as far as anyone confirmed:
// the last confirmation counts, since a product shows one value at a time.
func (t *Target) Uses(keyID string) bool {
	n := len(t.Confirmations)
	return n > 0 && t.Confirmations[n-1].KeyID == keyID
}

// InUseEverywhere tells whether every product of a secret has a credential
// already. Where no target names the secret, whoever uses it had it confirmed
// and no other since.
func (d *Document) InUseEverywhere(s *Secret, c *Credential) bool {
	used := false
	for _, t := range d.Targets {
		if t.Secret != s.Address {
			continue
		}
		if !t.Uses(c.KeyID) {
			return false
		}
		used = true
	}
	if used {
		return true
	}
	for _, o := range s.Credentials {
		if o != c && o.ConfirmedAt.After(c.ConfirmedAt) {
			return false
		}
	}
	return !c.ConfirmedAt.IsZero()
}
