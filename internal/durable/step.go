package durable

// Step is one thing that a Dir does to the disk.
type Step struct {
	Verb Verb
	Path string // of what it is done to, below the path given to New
	To   string // the new name, of a Rename
}

// Verb says what a Step does.
type Verb string

// The verbs of a Step. What was made, renamed or removed is sure to be so after
// a power cut only once the directory that holds its name is synced, and what
// was filled only once the file is.
const (
	MakeDirectory Verb = "make directory"
	Fill          Verb = "fill"   // a new file with its content
	Sync          Verb = "sync"   // the content of a file
	Rename        Verb = "rename" // in place of what is there
	Remove        Verb = "remove"
	SyncDirectory Verb = "sync directory"
)

// Around stands around every Step: it takes the step by calling do, and what it
// returns is what came of it.
type Around func(s Step, do func() error) error

// Through returns the same directory with a stranger standing around each step
// it takes on the disk, so that a test can make it fail there or cut the power.
// Nil is nobody.
func (d Dir) Through(a Around) Dir {
	d.around = a
	return d
}

func (d Dir) step(s Step, do func() error) error {
	if d.around == nil {
		return do()
	}
	return d.around(s, do)
}
