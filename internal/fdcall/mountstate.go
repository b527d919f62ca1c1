package fdcall

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// A MountState is what is known of a mount that may hang, and that had calls.
type MountState struct {
	Mount, Type, Source string // where it is mounted; what, as nfs4; of what, as server:/export

	Health  MountHealth
	Running int           // calls that it has, each with a thread of its own: neither stuck nor lost
	InLine  int           // calls that wait for a place
	Stuck   int           // calls that it does not answer
	Lost    int           // the same, from before it answered others again
	Oldest  time.Duration // for how long the first of the stuck calls has been under way

	Begun, Ended, Refused, Left uint64 // ever: calls that got a place or waited for one; of these, ended; others, refused at once; calls whose callers left
}

// A MountHealth tells in a word whether a mount answers.
type MountHealth string

const (
	MountWell     MountHealth = "well"     // it answers
	MountLate     MountHealth = "late"     // no call has come back for 100 ms
	MountRefusing MountHealth = "refusing" // so many calls are stuck that others fail at once: ErrStuck
	MountTrying   MountHealth = "trying"   // the same, and one call was let through to see
)

// Mounts are the states of the mounts that may hang and had calls, in the order of their places.
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

// NameMount fills in the mount of the file name where the system has not told. Symbolic links are
// followed where that asks no mount that may hang. It may wait for the disks that they are on.
func (s *Loops) NameMount(to *sysfile.FSStat, name string) {
	if to.Mounted != "" || s.Simulated {
		return
	}
	mount, _ := follow(s.lanes.tableOf(tableAge), absolute(name), os.Readlink, nil)
	fillIn(to, mount)
}

// NameMountOf is NameMount of the file that fd is open on.
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
