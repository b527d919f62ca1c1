//go:build unix

package fdcall

import (
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// rowsOf are the descriptors of Route's table, of which none is used.
func rowsOf(s *Loops) (socket, file, other *Descriptor) {
	socket = &Descriptor{Loop: s.Of(1), FD: 1, Kind: Socket}
	file = &Descriptor{Loop: s.Of(1), FD: 1, Kind: Disk}
	other = &Descriptor{Loop: s.Of(1), FD: 1}
	return
}

// What is not many at a time: each row of Route's table.
func TestRoute(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	socket, file, other := rowsOf(s)
	number := s.all[1]
	for _, row := range []struct {
		name string
		got  Route
		loop *Loop // nil: the caller's
	}{
		{"number", s.route(1), number},
		{"no descriptor", s.route(-1), s.First()},
		{"socket", socket.route(Reading, -1), nil},
		{"file on a disk, at an offset, singly", file.route(Reading, 0), number},
		{"file on a disk, at its position", file.route(Writing, -1), number},
		{"any other file", other.route(Reading, 0), number},
	} {
		if row.got.loop != row.loop {
			t.Errorf("%s: loop %p; want %p of %p", row.name, row.got.loop, row.loop, s.all)
		}
	}
	if at := open(t, proactor.Config{Loops: 1}).all[0]; (&Descriptor{Loop: at, Kind: Socket}).route(Reading, -1).loop != at {
		t.Error("one loop: a record waits for its caller, who would find it anyway")
	}
}

// What the operations of a loop that end several at a time change.
func TestRouteWhileBatching(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	socket, file, other := rowsOf(s)
	batch(t, s)
	for _, row := range []struct {
		name  string
		got   Route
		calls uint16
	}{
		{"no descriptor", s.route(-1), affinityCalls},
		{"socket", socket.route(Reading, -1), affinityCallsOnSocket},
		{"file on a disk, at its position", file.route(Writing, -1), 0},
		{"any other file", other.route(Reading, 0), 0},
	} {
		if row.got.calls != row.calls {
			t.Errorf("%s: a caller stays for %d calls; want %d", row.name, row.got.calls, row.calls)
		}
	}
	want := uint16(0)
	if s.WaitsInKernel() {
		want = affinityCallsOnFile
	}
	if got := file.route(Reading, 0); got.calls != want {
		t.Errorf("file on a disk, at an offset: a caller stays for %d calls; want %d", got.calls, want)
	}
}

// batch makes operations of all loops end several at a time.
func batch(t *testing.T, s *Loops) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		for fd := range len(s.all) {
			var all []*Waiter
			for range 64 {
				w, err := s.all[fd].Waiter(background)
				must(t, err)
				w.C.SetBatched()
				must(t, w.Proactor.Nop(&w.C, Deliver))
				all = append(all, w)
			}
			all[0].Proactor.Flush()
			for _, w := range all {
				w.Wait(background)
				s.giveBack(w)
			}
		}
		return s.all[0].batching() && s.all[1].batching()
	}, "operations that end several at a time")
}

// A call joins the calls that are under way on its socket: a poller that has two of one
// direction serves them in order.
func TestCallsOfOneDirectionShareALoop(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	d, peer := pair(t, s)
	for range 20 {
		var all []*Waiter
		for range 4 {
			w, err := d.start(background, Reading, -1, receiving(d))
			must(t, err)
			w.Proactor.Flush()
			if len(all) > 0 && w.Engine != all[0].Engine {
				t.Error("two loops have receives of one socket")
			}
			all = append(all, w)
		}
		if _, err := syscall.Write(peer, make([]byte, len(all))); err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			if n, err := d.Finish(w, Reading, w.Wait(background)); n != 1 || err != nil {
				t.Fatalf("receive: %d, %v", n, err)
			}
		}
	}
}

// A close waits for the calls of all loops, and ends them.
func TestCloseEndsTheCallsOfAllLoops(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	d, _ := pair(t, s)
	var all []*Waiter
	for i, dir := range []Direction{Reading, Untimed} {
		w, err := d.Loop.Loops.submit(background, &Route{D: d, dir: dir, among: dir, loop: s.all[i]}, receiving(d))
		must(t, err)
		w.Proactor.Flush()
		all = append(all, w)
	}
	closed := later(d.Close)
	for i, w := range all {
		ended := later(func() error {
			_, err := d.Finish(w, []Direction{Reading, Untimed}[i], w.Wait(background))
			return err
		})
		if err := receive(t, ended); err != ErrDescriptorClosed {
			t.Errorf("receive of loop %d: %v", i, err)
		}
	}
	must(t, receive(t, closed))
}

// A close(2) is the last of what is open. So a close waits until the kernel has let go of
// the descriptor for all loops, unless the calls were those of one loop, which closes it.
func TestCloseSettlesAllLoops(t *testing.T) {
	settle := hook.Settle
	defer func() { hook.Settle = settle }()
	for name, c := range map[string]struct {
		kind  Kind
		loops []int // of the calls
		want  int
	}{
		"a socket without calls":        {Socket, nil, 0},
		"a socket of one loop":          {Socket, []int{0, 0}, 0},
		"a socket of two loops":         {Socket, []int{0, 1}, 2},
		"a socket of two, then of one":  {Socket, []int{0, 1, 1, 1}, 2},
		"a file of a disk, not called":  {Disk, nil, 0},
		"a file of a disk, of one loop": {Disk, []int{0}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, proactor.Config{Loops: 2})
			fd, _ := testutil.TempFile(t, 1)
			testutil.Disown(t, fd)
			d := &Descriptor{Loop: s.First(), FD: fd, Kind: Disk}
			if c.kind == Socket {
				must(t, d.Close())
				d, _ = pair(t, s)
			}
			for _, i := range c.loops {
				w, err := d.Loop.Loops.submit(background, &Route{D: d, dir: Untimed, among: Untimed, loop: s.all[i]},
					func(w *Waiter) error { return w.Proactor.Nop(&w.C, Deliver) })
				must(t, err)
				_, err = d.Finish(w, Untimed, w.Wait(background))
				must(t, err)
			}
			settled := map[any]bool{}
			hook.Settle = func(p any) { settled[p] = true; settle(p) }
			defer func() { hook.Settle = settle }()
			must(t, d.Close())
			if len(settled) != c.want {
				t.Errorf("settled %d loops, want %d", len(settled), c.want)
			}
		})
	}
}

// A record serves its caller for some calls, and then goes back to where it is from.
func TestRecordsReturnToTheirLoop(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	w, err := s.waiter(background, &Route{calls: 3})
	must(t, err)
	for left := 3; left > 0; left-- {
		if int(w.callsLeft) != left {
			t.Fatalf("%d calls left; want %d", w.callsLeft, left)
		}
		w.callsLeft--
	}
	s.giveBack(w)
	if got, _ := w.Engine.Waiters.Take(); got != w {
		t.Error("the record is not where it is from")
	}
}

// The record of an engine that has ended is of no use.
func TestRecordsOfEndedLoopsAreLeft(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2})
	w, err := s.waiter(background, &Route{calls: 1000})
	must(t, err)
	s.giveBack(w)
	must(t, s.Close())
	if _, err := s.waiter(background, &Route{calls: 1000}); err != proactor.ErrClosed {
		t.Errorf("a record of an engine that has ended: %v", err)
	}
}

// Many callers outlive the loops that they stay with.
func TestRecordsOfLoopsThatEndAndStart(t *testing.T) {
	callMany(t, open(t, proactor.Config{Loops: testLoops, IdleTimeout: time.Millisecond}), 32, 500)
}
