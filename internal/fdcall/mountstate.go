package fdcall

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// A MountState is the state of a mount that may hang and has had calls.
type MountState struct {
	Mount  string // where it is mounted
	Type   string // of the file system, such as nfs4
	Source string // what is mounted, such as server:/export

	Health  MountHealth
	Running int           // calls in the kernel, each on a thread of its own: neither stuck nor lost
	InLine  int           // calls that wait for a slot
	Stuck   int           // calls that the mount does not answer
	Lost    int           // calls that were stuck when the mount answered others again
	Oldest  time.Duration // age of the oldest stuck call

	// Totals: calls that got a slot or waited for one; how many of these have ended; calls that were
	// refused; and calls that their callers left.
	Begun, Ended, Refused, Left uint64
}

// A MountHealth says in a word whether a mount answers.
type MountHealth string

const (
	MountWell     MountHealth = "well"     // it answers
	MountLate     MountHealth = "late"     // calls are running, and none has returned for 100 ms
	MountRefusing MountHealth = "refusing" // so many calls are stuck that new ones fail at once: ErrStuck
	MountTrying   MountHealth = "trying"   // the same, and one call was let through to see whether it answers
)

// Mounts returns the states of the mounts that may hang and have had calls, sorted by mount point.
func (s *Loops) Mounts() []MountState {
	s.loops()
	lanes := s.lanes.all()
	all := make([]MountState, 0, len(lanes))
	for _, lane := range lanes {
		all = append(all, stateOf(lane.Mount, lane.State()))
	}
	slices.SortFunc(all, func(a, b MountState) int { return cmp.Compare(a.Mount, b.Mount) })
	return all
}

func stateOf(m mounts.Mount, now mounts.State) MountState {
	s := MountState{
		Mount: m.Point, Type: m.Type, Source: m.Source, Health: MountWell,
		Running: now.Running, InLine: now.InLine, Stuck: now.Stuck, Lost: now.Lost, Oldest: now.Oldest,
		Begun: now.Begun, Ended: now.Ended, Refused: now.Refused, Left: now.Left,
	}
	switch {
	case now.Refuses && now.Trying:
		s.Health = MountTrying
	case now.Refuses:
		s.Health = MountRefusing
	case now.Late:
		s.Health = MountLate
	}
	return s
}

// NameMount fills in the mount of the file name, if the system has not. It follows symbolic links on
// mounts that cannot hang, and may wait for the disks that they are on.
func (s *Loops) NameMount(to *sysfile.FSStat, name string) {
	if to.Mounted != "" || s.Simulated {
		return
	}
	mount, _ := follow(s.lanes.tableOf(tableAge), absolute(name), os.Readlink, nil)
	fillIn(to, mount)
}

// NameMountOf is NameMount for the file that fd is open on.
func (s *Loops) NameMountOf(to *sysfile.FSStat, fd int) {
	if to.Mounted != "" || s.Simulated {
		return
	}
	id, _ := sysfile.MountID(fd)
	mount, _ := s.lanes.tableOf(tableAge).ByID(id)
	fillIn(to, mount)
}

func fillIn(to *sysfile.FSStat, m mounts.Mount) {
	to.Mounted, to.Type, to.Source = m.Point, m.Type, m.Source
}
