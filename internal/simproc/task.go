package simproc

// A Task is what a child is to run.
type Task struct {
	Test string // the name of the test, with those of its parents
	Call int    // which call of Run by that test, from 0
	Seed uint64

	// Only has the faults happen that Keep names and no others. These are in the page: a seed
	// draws on the runtime's chance, and uses memory, as with all faults.
	Only bool
	Keep []uint64 `json:"-"`

	// LeastLatency has each packet travel as briefly as its link allows.
	LeastLatency bool

	// Chance is what Outcome.Chance is to be, if it can; 0 for any.
	Chance uint64

	BlockMutexes bool // leave the runtime alone
}

// A Report is how a child says that its seed has ended.
type Report struct {
	Failed    bool
	Sometimes map[string]bool `json:",omitempty"` // what World.Sometimes was told
	GaveUp    string          `json:",omitempty"` // why the child ended before its test did
}

// message is what a child writes on its pipe, a line of JSON each.
type message struct {
	Stacks    string  `json:",omitempty"` // the answer to a look
	NoTable   string  `json:",omitempty"` // why mutexes are not passed over
	NoMutex   bool    `json:",omitempty"` // the self test failed: the child is of no use
	Chance    uint64  `json:",omitempty"` // fingerprint
	Another   bool    `json:",omitempty"` // it is not the one of the Task, and the child has ended for that
	Report    *Report `json:",omitempty"`
	Unreached bool    `json:",omitempty"`
}

// The descriptors of a child, and the variable that says it is one.
const (
	controlFD = 3 + iota // a line for each look
	reportFD
	pageFD

	childVariable = "AWAITIO_SIM_CHILD"
)
