//go:build unix

package fdcall

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A symbolic link that has led to a mount in trouble is known for as long as it leads there: each time
// that the table is read again, as many calls as have common slots would be late again.
func TestLinksAreKnownWhileTheyLeadThere(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("/hangs", link))
	table := mounts.NewTable([]mounts.Mount{{ID: 1, Point: "/"}, {ID: 2, Point: "/hangs", Class: mounts.MayHang}})
	m := newMountLanes(proactor.Config{})
	leads := func() bool {
		m.install(table)
		testutil.Eventually(t, patience, func() bool { return !m.links.checking.Load() }, "the links are checked")
		return m.byPath(filepath.Join(link, "file")) != nil
	}
	if leads() {
		t.Error("a link is known before a call was late")
	}
	m.links.resolve(table, filepath.Join(link, "file"))
	for range 2 {
		if !leads() {
			t.Error("a link is forgotten")
		}
	}
	must(t, os.Remove(link))
	must(t, os.Symlink("/elsewhere", link))
	if leads() {
		t.Error("a link is known, and leads elsewhere")
	}
}

// A link may be on a disk that stands still. Whoever reads it there holds up nobody else, and is alone.
func TestLinksOnADiskThatStandsStill(t *testing.T) {
	testutil.CheckLeaks(t)
	m := newMountLanes(proactor.Config{})
	table := mounts.NewTable([]mounts.Mount{
		{ID: 1, Device: 1, Point: "/"}, {ID: 2, Device: 2, Point: "/stuck"}, {ID: 3, Device: 3, Point: "/hangs", Class: mounts.MayHang},
	})
	m.install(table)
	goOn := make(chan struct{})
	var asked atomic.Int32
	m.links.read = func(name string) (string, error) {
		switch {
		case name == "/link":
			return "/hangs", nil
		case mounts.IsBelow(name, "/stuck"):
			asked.Add(1)
			<-goOn
		}
		return "", os.ErrInvalid
	}
	const callers = 10
	var late sync.WaitGroup
	for range callers {
		late.Go(func() { m.find("/stuck/file") })
	}
	testutil.Eventually(t, patience, func() bool { return asked.Load() > 0 }, "the disk is asked")
	others := make(chan struct{})
	go func() {
		defer close(others)
		if m.byName("/hangs/file", time.Now()) == nil || m.byPath("/hangs/file") == nil || m.find("/link/file") == nil {
			t.Error("a mount is not found")
		}
		m.mu.Lock()
		m.install(table)
		m.mu.Unlock()
		if n := len(m.all()); n != 1 {
			t.Errorf("%d lanes", n)
		}
	}()
	testutil.Receive(t, others, "the end of calls elsewhere")
	if n := asked.Load(); n != 1 {
		t.Errorf("%d threads wait for the disk", n)
	}
	close(goOn)
	late.Wait()
}

// What was refused on a mount stays counted when the mount is gone, and a file that is still open on it
// is seen while it has calls.
func TestMountsThatAreGone(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1, StuckMax: 1, StuckAfter: time.Nanosecond})
	m := s.lanes
	unmounted := mounts.Mount{ID: 1 << 40, Device: 1 << 40, Point: "/gone", Class: mounts.MayHang}
	m.mu.Lock()
	lane := m.laneOf(unmounted, true)
	m.mu.Unlock()
	hold := func() *mounts.Call {
		c := &mounts.Call{Admitted: make(chan bool, 1)}
		if lane.Begin(c) != mounts.Runs {
			t.Fatal("the lane is not free")
		}
		return c
	}
	stuck := hold()
	lane.Leave(stuck)
	testutil.Eventually(t, patience, func() bool {
		_, err := s.slotOn(&QueuedCall{Ctx: background, Op: "stat", Path: "/gone/x", loop: s.First()}, lane)
		return errors.Is(err, ErrStuck)
	}, "calls are refused")
	before := s.Stats()
	if before.Refused != 1 || before.MountThreads != 1 {
		t.Errorf("%+v", before)
	}
	prune := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.install(mounts.NewTable(nil))
	}
	prune()
	lane.End(stuck)
	prune()
	if now := s.Stats(); now.Refused != before.Refused || now.MountThreads != 0 || len(s.Mounts()) != 0 {
		t.Errorf("the mount is gone: %+v, %+v", now, s.Mounts())
	}
	last := hold()
	if now := s.Stats(); now.MountThreads != 1 || len(s.Mounts()) != 1 {
		t.Errorf("a file is open: %+v, %+v", now, s.Mounts())
	}
	lane.End(last)
	runtime.KeepAlive(lane)
}

// Several mounts have the number 0 where the system gives none: none is taken for gone.
func TestMountsWithoutNumbers(t *testing.T) {
	all := []mounts.Mount{{Device: 1, Point: "/a", Class: mounts.MayHang}, {Device: 2, Point: "/b", Class: mounts.MayHang}}
	m := newMountLanes(proactor.Config{})
	m.install(mounts.NewTable(all))
	lane := m.byPath("/a/x")
	m.install(mounts.NewTable(all))
	if m.byPath("/a/x") != lane {
		t.Error("the mount is taken for another")
	}
}
