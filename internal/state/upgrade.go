package state

// upgrade turns the bytes of one version into those of the next.
type upgrade func([]byte) ([]byte, error)

// upgrades maps each older version to its upgrade. Version 1 is the first, so
// the table is empty; a new version adds the line that leads to it and leaves
// the older lines alone.
func upgrades() map[int]upgrade {
	return map[int]upgrade{}
}
