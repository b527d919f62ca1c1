//go:build linux

package ring

import "github.com/awaitio/awaitio/internal/backend"

// setupNames are the flags of io_uring_setup(2) that a ring may have been made with, oldest
// first.
var setupNames = [...]struct {
	flag uint32
	name string
}{
	{IORING_SETUP_CQSIZE, "IORING_SETUP_CQSIZE"},
	{IORING_SETUP_CLAMP, "IORING_SETUP_CLAMP"},
	{IORING_SETUP_R_DISABLED, "IORING_SETUP_R_DISABLED"},
	{IORING_SETUP_SUBMIT_ALL, "IORING_SETUP_SUBMIT_ALL"},
	{IORING_SETUP_COOP_TASKRUN, "IORING_SETUP_COOP_TASKRUN"},
	{IORING_SETUP_TASKRUN_FLAG, "IORING_SETUP_TASKRUN_FLAG"},
	{IORING_SETUP_NO_SQARRAY, "IORING_SETUP_NO_SQARRAY"},
}

// Setup are the names of the setup flags in use.
func (b *Backend) Setup() (names []string) {
	for _, f := range setupNames {
		if b.ring.SetupFlags()&f.flag != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// Lacks are the operations that this kernel's io_uring does not have.
func (b *Backend) Lacks() uint32 { return backend.AllOps &^ b.native }

// Levels are how many of our workers run, how many operations wait for one, and how many have run
// at once. The kernel's own threads are not among them.
func (b *Backend) Levels() (running, inLine, most int) { return b.workers.Levels() }
