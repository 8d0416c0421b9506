package resource

// DefeatedRisk is the one risk that is an error and cannot be accepted: a
// restriction to mailboxes beside the permission that opens all of them.
const DefeatedRisk = "MP111"

// Risks lists the codes of the risks that accept_risk takes.
func Risks() []string {
	return []string{"MP101", "MP102", "MP103", "MP104", "MP105", "MP106", "MP107", "MP108", "MP109", "MP110", "MP112", "MP113", "MP114"}
}
