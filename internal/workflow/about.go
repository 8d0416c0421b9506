package workflow

// About is the name of the configuration and its tenant as it is configured, as
// far as the configuration could be read.
func (p *Project) About() (name, tenant string) {
	if p.Config == nil {
		return "", ""
	}
	return p.Config.Settings.Name, p.tenantID()
}
