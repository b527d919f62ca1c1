//go:build unix

package proactor

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sim"
)

// simulate makes a proactor on a backend of a simulated world, or of a script.
func simulate(t testing.TB, config Config, b backend.Backend) *Proactor {
	t.Helper()
	p, err := NewOn(config, b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A limitedRecv is a receive with a timeout, and what is done about it meanwhile.
type limitedRecv struct {
	c     Completion
	buf   [1]byte
	peer  *sim.Peer
	fate  int           // one of the fates below
	want  time.Duration // after which it ends
	got   time.Duration
	calls int
	r     Result
}

const (
	fateExpires = iota
	fateForward // its deadline is moved forward
	fateBack    // its deadline is put off
	fateCleared // its deadline is taken away, and it is canceled in the end
	fateServed  // data arrives in time, at the last moment
	fates
)

// TestAnHourOfTimeouts has thousands of receives with timeouts spread over an
// hour. Time is the bubble's: it passes when there is nothing to do, and each
// receive ends at exactly its instant.
func TestAnHourOfTimeouts(t *testing.T) {
	const count = 5000
	begin := time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := sim.New(1, sim.Options{})
		p := simulate(t, Config{}, w.Backend())
		start := time.Now()
		all := make([]*limitedRecv, count)
		for i := range all {
			all[i] = startLimited(t, p, w, start, time.Duration(i+1)*(time.Hour/count), i%fates)
		}
		if err := p.RunFor(2 * time.Hour); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 2*time.Hour {
			t.Errorf("RunFor took %v", d)
		}
		for i, x := range all {
			x.check(t, i)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d timeouts, spread over an hour, in %v", count, time.Since(begin))
}

func startLimited(t *testing.T, p *Proactor, w *sim.World, start time.Time, limit time.Duration, fate int) *limitedRecv {
	t.Helper()
	x := &limitedRecv{fate: fate, want: limit}
	var fd int
	fd, x.peer = w.Conn()
	err := p.RecvWithTimeout(&x.c, fd, x.buf[:], 0, limit, func(_ *Completion, r Result) {
		x.got, x.r = time.Since(start), r
		x.calls++
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := func(to time.Duration) {
		x.want = to
		time.AfterFunc(limit/4, func() { p.SetDeadline(&x.c, start.Add(to)) })
	}
	switch fate {
	case fateForward:
		moved(limit / 2)
	case fateBack:
		moved(limit + time.Minute)
	case fateCleared:
		x.want = 90 * time.Minute
		time.AfterFunc(limit/2, func() { p.SetDeadline(&x.c, time.Time{}) })
		time.AfterFunc(x.want, func() { p.RequestCancel(&x.c) })
	case fateServed:
		x.want = limit - 1
		time.AfterFunc(x.want, func() { x.peer.Write([]byte("x")) })
	}
	return x
}

func (x *limitedRecv) check(t *testing.T, i int) {
	t.Helper()
	ended := isTimedOut
	switch x.fate {
	case fateCleared:
		ended = isCanceled
	case fateServed:
		ended = func(err error) bool { return err == nil && x.r.N == 1 && x.buf[0] == 'x' }
	}
	if x.calls != 1 || x.got != x.want || !ended(x.r.Err) {
		t.Errorf("receive %d, fate %d: %d callbacks, the last after %v with %d, %v; want it after %v",
			i, x.fate, x.calls, x.got, x.r.N, x.r.Err, x.want)
	}
}

// TestRunInABubble has the proactor run in a goroutine of its own, and be driven
// through its wake-ups by others.
func TestRunInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.New(1, sim.Options{NetDelay: sim.Span{Min: time.Second, Max: time.Second}})
		p := simulate(t, Config{}, w.Backend())
		ended := make(chan error)
		go func() { ended <- p.Run(t.Context()) }()
		fd, peer := w.Conn()
		for i := range 100 {
			var c Completion
			got := make(chan Result)
			start := time.Now()
			buf := make([]byte, 1)
			if err := p.RecvWithTimeout(&c, fd, buf, 0, time.Minute, func(_ *Completion, r Result) { got <- r }); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				time.Sleep(time.Minute / 2)
				peer.Write([]byte{byte(i)})
			}
			r, d := <-got, time.Since(start)
			if i%2 == 0 && (r.Err != nil || buf[0] != byte(i) || d != time.Minute/2) {
				t.Fatalf("receive %d: %+v after %v", i, r, d)
			}
			if i%2 == 1 && (!isTimedOut(r.Err) || d != time.Minute) {
				t.Fatalf("receive %d: %+v after %v", i, r, d)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestStuckFileHoldsItsCaller is decision D9's default: the buffer is lent until
// the kernel lets go, whatever the caller's deadline.
func TestStuckFileHoldsItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.New(1, sim.Options{})
		w.CreateFile("/f", []byte("abc"))
		fd, err := w.Open("/f", os.O_RDONLY)
		if err != nil {
			t.Fatal(err)
		}
		w.Stick("/f")
		p := simulate(t, Config{}, w.Backend())
		x := &limitedRecv{}
		start := time.Now()
		x.c.SetTimeout(time.Second)
		if err := p.Read(&x.c, fd, x.buf[:], 0, func(_ *Completion, r Result) {
			x.got, x.r = time.Since(start), r
			x.calls++
		}); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, func() { w.Unstick("/f") })
		if err := p.RunFor(time.Minute); err != nil {
			t.Fatal(err)
		}
		if x.calls != 0 {
			t.Fatalf("the read ended with %+v while the file was stuck", x.r)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if x.calls != 1 || x.got != time.Hour || x.r.Err != nil || x.r.N != 1 {
			t.Errorf("%d callbacks, the last after %v with %+v", x.calls, x.got, x.r)
		}
	})
}

// TestNumberComesAgainBeforeItsCloseIsReported has a descriptor closed and its
// number given out again while the event of the close is still to come, as when
// two threads of the kernel's report in either order. What is then submitted for
// the number is about the new descriptor.
func TestNumberComesAgainBeforeItsCloseIsReported(t *testing.T) {
	for _, what := range []string{"closed", "closed while busy", "abandoned", "received from"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { numberComesAgain(t, what) })
		})
	}
}

func numberComesAgain(t *testing.T, what string) {
	w := sim.New(1, sim.Options{})
	l, addr := w.Listen(1)
	old, _ := w.Conn()
	p := simulate(t, Config{}, sim.Inject(w.Backend(), 1, sim.Plan{Faults: []sim.Fault{
		{Kind: sim.Late, Share: 1, Ops: 1 << backend.OpClose, Delay: sim.Span{Min: time.Second, Max: time.Second}},
		{Kind: sim.LateCancel, Share: 1, Delay: sim.Span{Min: time.Minute, Max: time.Minute}},
	}}))
	rig := &rig{t, p}
	accepted := rig.fly(func(c *Completion, callback Callback) error { return p.Accept(c, l, 0, callback) })
	accepted.reach(inFlight)
	closed := rig.fly(func(c *Completion, callback Callback) error { return p.CloseFD(c, old, callback) })
	closed.reach(inFlight)
	peer, err := w.Dial(addr) // accepted at once, with the number just closed
	if err != nil {
		t.Fatal(err)
	}
	if what == "abandoned" {
		p.abandon(accepted.c)
	}
	got := accepted.land()
	switch what {
	case "abandoned":
		rig.wantCanceled(got)
	case "closed":
		again := rig.fly(func(c *Completion, callback Callback) error { return p.CloseFD(c, got.N, callback) })
		if r := again.land(); got.N != old || r.Err != nil {
			t.Errorf("accepted %d, want %d; its close: %v", got.N, old, r.Err)
		}
	case "closed while busy": // for longer than the first close takes
		f := rig.fly(func(c *Completion, callback Callback) error { return p.Recv(c, got.N, make([]byte, 1), 0, callback) })
		f.reach(inFlight)
		again := rig.fly(func(c *Completion, callback Callback) error { return p.CloseFD(c, got.N, callback) })
		if err := p.RunFor(time.Hour); err != nil {
			t.Fatal(err)
		}
		rig.wantClosed(f.land())
		if r := again.land(); r.Err != nil {
			t.Errorf("the second close: %v", r.Err)
		}
	case "received from":
		peer.Write([]byte("x"))
		buf := make([]byte, 1)
		f := rig.fly(func(c *Completion, callback Callback) error { return p.Recv(c, got.N, buf, 0, callback) })
		if r := f.land(); r.N != 1 || r.Err != nil || closed.calls != 0 {
			t.Errorf("the receive got %+v, want it to get a byte before the close is reported", r)
		}
		w.CloseDescriptor(got.N)
	}
	if err := p.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if r := closed.land(); r.Err != nil {
		t.Errorf("the first close: %v", r.Err)
	}
	if open := w.Descriptors(); len(open) != 1 || open[0] != l {
		t.Errorf("descriptors %v are open, want only the listener's, %d", open, l)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	rig.empty()
}
