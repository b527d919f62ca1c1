//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdcall

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// tcpPair is a TCP connection of s, and its peer's number.
func tcpPair(t testing.TB, s *Loops) (d *Descriptor, peer int) {
	t.Helper()
	fd, peer := testutil.TCPPair(t)
	must(t, unix.SetNonblock(fd, true)) // as await's are: macOS heeds no flag that says not to wait
	d = &Descriptor{Loop: s.First(), FD: fd, Kind: Socket}
	d.IsTCP()
	testutil.Disown(t, fd)
	t.Cleanup(func() {
		if !d.Closed() {
			must(t, d.Close())
		}
	})
	return d, peer
}

// watchedConn is a connection on epoll after a receive that waited, and its peer's number.
func watchedConn(t testing.TB, config proactor.Config) (d *Descriptor, peer int) {
	t.Helper()
	config.Backend = testutil.Poller
	s := open(t, config)
	d, peer = tcpPair(t, s)
	ended := make(chan error)
	go func() {
		_, err := d.Receive(background, make([]byte, 8))
		ended <- err
	}()
	testutil.Eventually(t, patience, func() bool { return s.Stats().InFlight == 1 }, "a receive waits")
	send(t, peer, "first")
	must(t, <-ended)
	if !d.transfersDirectly() {
		t.Fatal("the connection is not watched")
	}
	return d, peer
}

// send writes text to fd.
func send(t testing.TB, fd int, text string) {
	t.Helper()
	n, err := unix.Write(fd, []byte(text))
	must(t, err)
	if n != len(text) {
		t.Fatalf("wrote %d bytes", n)
	}
}

// Once a connection is watched no operation is submitted for what need not wait, and all is
// counted all the same.
func TestDirectTransfers(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{})
	before := d.Loop.Loops.Stats().Submitted
	for range 3 {
		send(t, peer, "more")
		if n, err := d.Receive(background, make([]byte, 2)); n != 2 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err := d.Receive(background, make([]byte, 8)); n != 2 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err := d.Send(background, new(FairLock), []byte("answer")); n != 6 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if n := d.Loop.Loops.Stats().Submitted - before; n > 3 { // the loop tells of what came a moment later
		t.Errorf("%d operations", n)
	}
	counts := d.Loop.directs.counts()
	check := func(counts []proactor.KindStats) {
		t.Helper()
		if len(counts) != 2 || counts[0].Ended != 1+6 || counts[0].Bytes != 5+12 || counts[1].Ended != 3 || counts[1].Bytes != 18 {
			t.Errorf("counted: %+v", counts)
		}
	}
	check(counts)
	must(t, d.Close())
	check(d.Loop.directs.counts())
}

// The receives that have waited longest are listed, whichever connection has been watched
// first.
func TestWaitingReceivesAreListedOldestFirst(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{})
	fd, peer2 := testutil.TCPPair(t)
	testutil.Disown(t, fd)
	other := &Descriptor{Loop: d.Loop, FD: fd, Kind: Socket}
	other.IsTCP()
	defer func() { must(t, other.Close()) }()
	ended := make(chan error)
	wait := func(d *Descriptor) {
		t.Helper()
		before := d.Loop.Loops.Stats().InFlight
		go func() {
			_, err := d.Receive(background, make([]byte, 8))
			ended <- err
		}()
		testutil.Eventually(t, patience, func() bool { return d.Loop.Loops.Stats().InFlight == before+1 }, "a receive waits")
	}
	wait(other)
	send(t, peer2, "first")
	must(t, <-ended)
	send(t, peer, "x") // d is listed first
	_, err := d.Receive(background, make([]byte, 8))
	must(t, err)

	wait(other)
	wait(d)
	for limit, want := range map[int][]int{1: {other.FD}, 2: {other.FD, d.FD}, 9: {other.FD, d.FD}} {
		var got []int
		for _, op := range d.Loop.Loops.Operations(limit) {
			got = append(got, op.FD)
		}
		if !slices.Equal(got, want) {
			t.Errorf("at most %d: descriptors %v, want %v", limit, got, want)
		}
	}
	send(t, peer, "x")
	send(t, peer2, "x")
	must(t, <-ended)
	must(t, <-ended)
}

// A short receive leaves nothing to be asked for, unless the benchmark wants it so, or there may
// be something behind urgent data, of which kqueue does not tell.
func TestDrained(t *testing.T) {
	for name, off := range map[string][]ablate.Mechanism{"": nil, "ablated": {ablate.Drained}} {
		t.Run(name, func(t *testing.T) {
			without(t, off...)
			d, peer := watchedConn(t, proactor.Config{})
			d.direct.conn.Attempt()
			d.direct.conn.Attempted(true, true)
			sendUntold(t, d, peer)
			d.direct.conn.Tell(false)
			if n, err := d.Receive(background, make([]byte, 8)); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			if worth := d.direct.conn.Attempt(); worth != (off != nil || testutil.Poller == "kqueue") {
				t.Errorf("worth another attempt: %v", worth)
			}
		})
	}
}

// A receive that has to wait looks for its data before it parks, where that has paid.
func TestDirectReceiveSpins(t *testing.T) {
	for name, test := range map[string]struct {
		spin   time.Duration
		spins  spin.Estimate
		silent bool // nothing is sent before
		parked bool // always
	}{
		"where it has paid":      {spin: time.Millisecond, spins: spin.Sure()},
		"where it has not":       {spin: time.Millisecond, parked: true},
		"where it must not be":   {spin: -1, spins: spin.Sure(), parked: true},
		"where nothing was sent": {spin: time.Millisecond, spins: spin.Sure(), silent: true, parked: true},
	} {
		t.Run(name, func(t *testing.T) {
			d, peer := watchedConn(t, proactor.Config{Spin: test.spin})
			const tries = 20
			waits := uint64(0)
			for range tries {
				d.direct.spins = test.spins
				if !test.silent {
					ask(t, d)
				}
				before := d.Loop.Loops.Stats().Submitted
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					if test.parked {
						testutil.Eventually(t, patience, d.direct.conn.IsParked, "the receive waits")
						send(t, peer, "x")
					}
				}()
				if !test.parked {
					sendUntold(t, d, peer)
				}
				if n, err := d.Receive(background, make([]byte, 8)); n != 1 || err != nil {
					t.Fatalf("%d, %v", n, err)
				}
				<-sent
				waits += d.Loop.Loops.Stats().Submitted - before
			}
			if want := map[bool]uint64{true: tries}[test.parked]; waits != want {
				t.Errorf("%d of %d receives parked, want %d", waits, tries, want)
			}
		})
	}
}

// A receive that looks for its data for long yields its CPU meanwhile: to the sender, it may be.
func TestDirectReceiveYieldsWhileItSpins(t *testing.T) {
	for name, off := range map[string]ablate.Set{"as it is": 0, "without": ablate.Of(ablate.SpinYield)} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(ablate.Switch(off))
			d, peer := watchedConn(t, proactor.Config{Spin: time.Millisecond})
			yields := 0
			d.Loop.Loops.yieldCPU = func() { yields++; time.Sleep(time.Millisecond) } // another thread has the CPU
			d.direct.spins = spin.Sure()
			ask(t, d)
			var sender sync.WaitGroup
			sender.Go(func() {
				testutil.Eventually(t, patience, d.direct.conn.IsParked, "the receive waits")
				send(t, peer, "x")
			})
			if n, err := d.Receive(background, make([]byte, 8)); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			sender.Wait()
			if (yields > 0) != (off == 0) {
				t.Errorf("%d yields", yields)
			}
			if yields > 0 && d.direct.spins.Worth() {
				t.Error("it spins again after a yield that took long")
			}
		})
	}
}

// ask sends a byte from d: a receiver spins for an answer.
func ask(t *testing.T, d *Descriptor) {
	t.Helper()
	_, err := d.Send(background, new(FairLock), []byte("?"))
	must(t, err)
}

// sendUntold sends a byte to d that a receiver knows nothing of.
func sendUntold(t *testing.T, d *Descriptor, peer int) {
	t.Helper()
	send(t, peer, "x")
	testutil.Eventually(t, patience, d.direct.conn.Attempt, "the loop tells")
	d.direct.conn.Attempted(true, true)
}

// A receive that waits is listed, with all that is known of it.
func TestDirectReceiveIsListed(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{Spin: -1})
	d.SetLabel("the label")
	s := d.Loop.Loops
	before := time.Now()
	must(t, d.SetDeadline(Reading, before.Add(time.Hour)))
	ctx, cancel := context.WithDeadline(background, before.Add(time.Minute))
	defer cancel()
	ended := make(chan error)
	go func() {
		_, err := d.Receive(ctx, make([]byte, 8))
		ended <- err
	}()
	var listed []proactor.Operation
	testutil.Eventually(t, patience, func() bool {
		listed = s.Operations(0)
		return len(listed) == 1
	}, "the receive is listed")
	deadline, _ := ctx.Deadline()
	if o := listed[0]; o.Op != "recv" || o.State != proactor.StateInFlight || o.FD != d.FD || o.Size != 8 || o.Offset >= 0 ||
		o.Label != "the label" || !o.Deadline.Equal(deadline) || o.Since.Before(before) {
		t.Errorf("listed as %+v", o)
	}
	send(t, peer, "x")
	must(t, <-ended)
	if left := s.Operations(0); len(left) > 0 {
		t.Errorf("still listed: %+v", left)
	}
}

// Counts only grow, and a receive that waits is one, also where its wait is interrupted.
func TestReceivesCount(t *testing.T) {
	x := &direct{conn: new(edge.Conn)}
	x.conn.Begin(new(edge.Counts))
	park := func() {
		x.conn.Attempt()
		x.conn.Park()
	}
	for i, step := range []struct {
		do   func()
		want proactor.KindStats
	}{
		{func() { x.moved[Reading].end(3) }, proactor.KindStats{Begun: 1, Ended: 1, Bytes: 3}},
		{park, proactor.KindStats{Begun: 2, Ended: 1, Bytes: 3}},
		{func() { x.conn.Interrupt() }, proactor.KindStats{Begun: 2, Ended: 1, Bytes: 3}},
		{park, proactor.KindStats{Begun: 2, Ended: 1, Bytes: 3}},
		{func() { x.conn.Interrupt(); x.moved[Reading].end(4) }, proactor.KindStats{Begun: 2, Ended: 2, Bytes: 7}},
		{func() { x.moved[Reading].move(1) }, proactor.KindStats{Begun: 2, Ended: 2, Bytes: 8}},
	} {
		step.do()
		var sums [Untimed]proactor.KindStats
		if x.addTo(&sums); sums[Reading] != step.want || sums[Writing] != (proactor.KindStats{}) {
			t.Errorf("after step %d: %+v, want %+v", i, sums, step.want)
		}
	}
}

// All receives are counted: also where a deadline is moved, where they are stopped, and where several
// goroutines make; and how long each has waited, from its beginning.
func TestDirectReceivesAreCounted(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{})
	const goroutines, each = 4, 500
	var receivers sync.WaitGroup
	for range goroutines {
		receivers.Go(func() {
			for range each {
				if _, err := d.Receive(background, make([]byte, 1)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	send(t, peer, strings.Repeat("x", goroutines*each))
	receivers.Wait()
	ended := make(chan error)
	go func() {
		_, err := d.Receive(background, make([]byte, 8))
		ended <- err
	}()
	waiting := func() []proactor.Operation { return merge([]ofLoop{{d.Loop.directs.list(), 0}}, 10) }
	testutil.Eventually(t, patience, func() bool { return len(waiting()) == 1 }, "a receive waits")
	since := waiting()[0].Since
	for hours := range 3 {
		deadline := time.Now().Add(time.Duration(hours+1) * time.Hour)
		must(t, d.SetDeadline(Reading, deadline))
		testutil.Eventually(t, patience, func() bool {
			ops := waiting()
			return len(ops) == 1 && ops[0].Deadline.Equal(deadline) && ops[0].Since.Equal(since)
		}, "it waits, since it began to")
	}
	must(t, d.Close())
	if err := <-ended; err != ErrDescriptorClosed {
		t.Error(err)
	}
	got := d.Loop.directs.counts()
	if k := got[0]; len(got) != 1 || k.Ended < goroutines*each+1 || k.Begun != k.Ended || k.Bytes != 5+goroutines*each || k.Canceled != 1 {
		t.Errorf("counted: %+v", got)
	}
}

// Of a send that has no room for all, what went out at first is counted, too.
func TestBytesOfALongSendAreCounted(t *testing.T) {
	d, peer := watchedConn(t, proactor.Config{})
	const size = 8 << 20
	ended := make(chan error)
	go func() {
		_, err := d.Send(background, new(FairLock), make([]byte, size))
		ended <- err
	}()
	buf := make([]byte, 1<<20)
	for got := 0; got < size; {
		n, err := unix.Read(peer, buf)
		must(t, err)
		got += n
	}
	must(t, <-ended)
	for _, k := range d.Loop.Loops.Kinds() {
		if k.Op == "send" && k.Bytes != size {
			t.Errorf("%d bytes sent, %d counted", size, k.Bytes)
		}
	}
}

// A deadline may be an instant of the system's clock, which is set and runs at another pace than
// the clock of timers: the timer is set again where it was too early.
func TestDeadlineTimerGoesByItsOwnClock(t *testing.T) {
	var x deadlineTimer
	defer x.stop()
	woken := make(chan struct{}, 1)
	wake := func() { woken <- struct{}{} }
	x.set(time.Now().Add(time.Millisecond).Round(0), wake)
	<-woken
	if x.at == x.at.Round(0) || time.Now().Before(x.at) {
		t.Errorf("it has fired, and is set for %v", x.at)
	}
	x.set(time.Now().Add(time.Millisecond).Round(0), wake)
	<-woken
}

// Short waits are timed also where each connection has only one.
func TestShortWaitsOfManyConns(t *testing.T) {
	var s directs
	const waits = 4000
	for range waits {
		s.waited(time.Microsecond)
	}
	s.waited(time.Second)
	if n := s.kinds[Reading].Latency.Count; n < waits/2 || n > 2*waits {
		t.Errorf("%d waits count as %d", waits, n)
	}
}

// A receiver that never parks has used up its budget when the budget has passed, not before, and then
// it has another. Parking ends a budget.
func TestReceiversBudget(t *testing.T) {
	var x direct
	at := pulse.Now()
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {receiveBudget, false}, {1, true}, {receiveBudget, false}, {1, true}} {
		at += step.after
		if x.outOfBudget(at) != step.want {
			t.Errorf("step %d: out of budget: %v", i, !step.want)
		}
	}
	x.busySince = 0 // parked
	if x.outOfBudget(at + time.Hour) {
		t.Error("a receiver is out of budget at once when it has parked")
	}
}

// Out of its budget, a receiver lets others run where Go uses one CPU. Where it uses more, the receiver does
// not even look at the clock.
func TestReceiverLetsOthersRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	d := &Descriptor{Loop: &Loop{Loops: &Loops{oneCPU: true}}, direct: new(direct)}
	long := pulse.Now() - time.Hour
	ran := make(chan struct{}, 1)
	go func() { ran <- struct{}{} }()
	for range 10 { // one in 61 times Go goes on with the one that yields
		d.direct.busySince = long
		d.letOthersRun()
	}
	if len(ran) == 0 {
		t.Error("another goroutine did not run")
	}
	<-ran
	d.Loop.Loops.oneCPU, d.direct.busySince = false, long
	d.letOthersRun()
	if d.direct.busySince != long {
		t.Error("with more CPUs a receiver counts its budget")
	}
}

// What a connection took is free when it has been closed, though the engine that watched it may not know
// of that: the kernel takes the number out of the poller by itself.
func TestClosedConnIsForgotten(t *testing.T) {
	s := open(t, proactor.Config{Backend: testutil.Poller})
	fd, peer := testutil.TCPPair(t)
	testutil.Disown(t, fd)
	must(t, unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 1})) // closed past the engine
	closed := func() weak.Pointer[Descriptor] {
		d := &Descriptor{Loop: s.First(), FD: fd, Kind: Socket, Lingers: true}
		d.IsTCP()
		ended := make(chan error)
		go func() {
			_, err := d.Receive(background, make([]byte, 8))
			ended <- err
		}()
		testutil.Eventually(t, patience, d.direct.conn.IsParked, "a receive waits")
		send(t, peer, "x")
		must(t, <-ended)
		must(t, d.Close())
		return weak.Make(d)
	}()
	testutil.Eventually(t, patience, func() bool {
		runtime.GC()
		return closed.Value() == nil
	}, "the descriptor is free")
}

// A receiver that an engine's end has woken may run only when another engine has begun. It is counted as ended
// then.
func TestCountsOfAReceiverThatRunsLate(t *testing.T) {
	d, _ := watchedConn(t, proactor.Config{Loops: 1, Spin: -1})
	conn, s := d.direct.conn, d.Loop.Loops
	if conn.Attempt() {
		conn.Attempted(true, true)
	}
	woken, ok := conn.Park()
	if !ok {
		t.Fatal("the connection has something")
	}
	must(t, d.Loop.current.Load().Proactor.Close())
	testutil.Receive(t, woken, "the engine's end")
	if _, err := d.Loop.Engine(); err != nil {
		t.Fatal(err)
	}
	if now := s.Stats(); now.Submitted != now.Completed+1 || now.InFlight != 1 {
		t.Errorf("before it runs: %+v", now)
	}
	conn.Resume()
	if now := s.Stats(); now.Submitted != now.Completed || now.InFlight != 0 {
		t.Errorf("after it has run: %+v", now)
	}
}
