//go:build unix

package await

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// find returns the operation under way in io that want describes, by what it has set.
func find(io *IO, want proactor.Operation) (found []proactor.Operation) {
	for _, o := range io.Operations(0) {
		if o.Op == want.Op && (want.Target == "" || o.Target == want.Target) && (want.Label == "" || o.Label == want.Label) &&
			(want.State == "" || o.State == want.State) {
			found = append(found, o)
		}
	}
	return found
}

// whole is a list in which no loop is missing: one that gets no processor for 50 ms does not
// answer either.
func whole(t testing.TB, io *IO, limit int) (all []proactor.Operation) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		all = io.Operations(limit)
		return !slices.ContainsFunc(all, func(o proactor.Operation) bool { return o.State == proactor.StateStalled })
	}, "all loops answer")
	return all
}

// wantListed waits until the operation that want describes is under way, and returns it.
func wantListed(t *testing.T, io *IO, want proactor.Operation) (o proactor.Operation) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		found := find(io, want)
		if len(found) == 1 {
			o = found[0]
		}
		return len(found) == 1
	}, "%+v among %+v", want, io.Operations(0))
	return o
}

// What waits is listed with what it waits for, what it is called, and until when: the first read
// of a connection, and a later one, which on epoll no proactor has.
func TestOperationsTellWhatWaits(t *testing.T) {
	t.Run("first read", func(t *testing.T) {
		io := open(t, Config{Loops: 2})
		a, b := pairOn(t, io, "tcp4")
		tellsWhatWaits(t, io, a, b)
	})
	t.Run("later read", func(t *testing.T) {
		io := open(t, Config{Loops: 2})
		b, a := watchedPair(t, io)
		tellsWhatWaits(t, io, a, b)
	})
}

func tellsWhatWaits(t *testing.T, io *IO, a, b *Conn) {
	t.Helper()
	before := time.Now()
	l := listenOn(t, io, "tcp4")
	l.SetLabel("front door")
	accepting := later(func() (int, error) { _, err := l.Accept(); return 0, err })
	deadline := time.Now().Add(time.Hour)
	ctx, cancel := context.WithDeadline(background, deadline)
	defer cancel()
	reading := later(func() (int, error) { return a.ReadContext(ctx, make([]byte, 100)) })
	sleeping := later(func() (int, error) { return 0, io.Sleep(ctx, 2*time.Hour) })

	o := wantListed(t, io, proactor.Operation{Op: "accept", Label: "front door", State: proactor.StateInFlight})
	if want := "tcp4 " + l.Addr().String(); o.Target != want {
		t.Errorf("the accept is on %q, want %q", o.Target, want)
	}
	a.SetLabel("late name")
	o = wantListed(t, io, proactor.Operation{Op: "recv", Label: "late name", State: proactor.StateInFlight})
	if want := "tcp4 " + a.LocalAddr().String() + "->" + a.RemoteAddr().String(); o.Target != want {
		t.Errorf("the read is on %q, want %q", o.Target, want)
	}
	if !o.Deadline.Equal(deadline) || o.Size != 100 || o.Offset >= 0 || o.FD < 0 || o.Since.Before(before) || o.Since.After(time.Now()) {
		t.Errorf("of the read is told %+v", o)
	}
	must(t, a.SetReadDeadline(deadline.Add(-time.Minute)))
	testutil.Eventually(t, patience, func() bool {
		o := find(io, proactor.Operation{Op: "recv", Label: "late name"})
		return len(o) == 1 && o[0].Deadline.Sub(deadline.Add(-time.Minute)).Abs() < time.Second
	}, "the earlier deadline")
	if o = wantListed(t, io, proactor.Operation{Op: "timeout", State: proactor.StateWaiting}); !o.Deadline.Equal(deadline) {
		t.Errorf("the sleep ends at %v, want %v", o.Deadline, deadline)
	}
	all := whole(t, io, 0)
	if !slices.IsSortedFunc(all, func(a, b proactor.Operation) int { return a.Since.Compare(b.Since) }) {
		t.Errorf("not oldest first: %+v", all)
	}
	if some := whole(t, io, 2); len(some) != 2 || !reflect.DeepEqual(some, all[:2]) {
		t.Errorf("the two oldest are %+v of %+v", some, all)
	}
	cancel()
	must(t, l.Close())
	must(t, b.Close())
	for _, c := range []<-chan outcome{accepting, reading, sleeping} {
		receive(t, c, "end of a call")
	}
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) == 0 }, "an empty list")
}

// A call that waits for its turn is listed though no proactor has it.
func TestOperationsTellWhoIsInLine(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	a.SetLabel("bulk")
	bulk := make([]byte, 16<<20)
	first := later(func() (int, error) { return a.Write(bulk) })
	wantListed(t, io, proactor.Operation{Op: "send", Label: "bulk"})
	second := later(func() (int, error) { return a.Write(bulk) })
	o := wantListed(t, io, proactor.Operation{Op: "write", Label: "bulk", State: proactor.StateInLine})
	if o.Since.IsZero() || o.FD < 0 {
		t.Errorf("of the call in line is told %+v", o)
	}
	must(t, b.Close())
	receive(t, first, "end of the write")
	receive(t, second, "end of the write in line")
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) == 0 }, "an empty list")
}

// A loop that a callback holds up is named in the list, with its phase, and the others go on.
func TestOperationsNameALoopThatStandsStill(t *testing.T) {
	io := open(t, Config{Loops: 2})
	held, release := make(chan struct{}), make(chan struct{})
	var c proactor.Completion
	must(t, proactorOf(t, io, 1).NextTick(&c, func(*proactor.Completion, proactor.Result) { close(held); <-release }))
	receive(t, held, "the callback")
	before := time.Now()
	o := wantListed(t, io, proactor.Operation{Op: "loop", State: proactor.StateStalled})
	if o.Loop != 1 || o.Target != proactor.PhaseCallbacks || o.Since.Before(before) {
		t.Errorf("the loop is told of as %+v", o)
	}
	testutil.Eventually(t, patience, func() bool {
		states := io.Loops()
		return len(states) == 2 && !states[0].Stalled && states[1].Stalled && states[1].Phase == proactor.PhaseCallbacks
	}, "one loop that stands still in callbacks, and one that does not")
	close(release)
	testutil.Eventually(t, patience, func() bool {
		s := io.Loops()
		return len(s) == 2 && !s[1].Stalled && s[1].Rounds > 0
	}, "the loop goes on")
	if left := whole(t, io, 0); len(left) > 0 {
		t.Errorf("still listed: %+v", left)
	}
}

// Counts never fall, and lose nothing, though the proactors end and start again all the time.
func TestKindsNeverFall(t *testing.T) {
	io := open(t, Config{Loops: 3, IdleTimeout: time.Millisecond})
	const calls, restarts = 20, 30
	ended, looking := make(chan struct{}), sync.WaitGroup{}
	looking.Go(func() {
		last := uint64(0)
		for {
			now := kindOf(io, "nop").Ended
			if now < last {
				t.Errorf("%d nops ended, and then %d", last, now)
			}
			last = now
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	for range restarts {
		var calling sync.WaitGroup
		for range calls {
			calling.Go(func() {
				if err := io.Nop(background); err != nil {
					t.Error(err)
				}
			})
		}
		calling.Wait()
		time.Sleep(3 * time.Millisecond)
	}
	close(ended)
	looking.Wait()
	wantEnded(t, io, "nop", calls*restarts)
	if k := kindOf(io, "nop"); k.Begun != calls*restarts || k.Failed+k.Canceled+k.TimedOut != 0 {
		t.Errorf("%d calls are counted as %d begun, %d ended, %d failed", calls*restarts, k.Begun, k.Ended, k.Failed)
	}
}

// wantEnded waits until so many calls of a kind are counted: a loop that gets no processor for 50 ms
// tells what it told before.
func wantEnded(t *testing.T, io *IO, op string, n uint64) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool { return kindOf(io, op).Ended >= n }, "%d calls of %s counted, not %d", n, op, kindOf(io, op).Ended)
}

func kindOf(io *IO, op string) proactor.KindStats {
	for _, k := range io.Kinds() {
		if k.Op == op {
			return k
		}
	}
	return proactor.KindStats{}
}

// Each end is counted as what it is, and what waited is in the histogram.
func TestKindsTellHowCallsEnded(t *testing.T) {
	io := open(t, Config{Loops: 1})
	a, b := pairOn(t, io, "tcp4")
	ctx, cancel := context.WithCancel(background)
	read := func(end func()) (waited time.Duration) {
		ended := later(func() (int, error) { return a.ReadContext(ctx, make([]byte, 10)) })
		began := wantListed(t, io, proactor.Operation{Op: "recv"}).Since
		time.Sleep(20 * time.Millisecond)
		waited = time.Since(began)
		end()
		receive(t, ended, "end of a read")
		return waited
	}
	wait := read(func() { _, err := b.Write(make([]byte, 5)); must(t, err) })
	read(func() { must(t, a.SetReadDeadline(past)) })
	must(t, a.SetReadDeadline(time.Time{}))
	read(cancel)
	must(t, b.Close())
	wantEnded(t, io, "recv", 3)
	k := kindOf(io, "recv")
	if k.Begun != 3 || k.Ended != 3 || k.TimedOut != 1 || k.Canceled != 1 || k.Failed != 0 || k.Bytes != 5 {
		t.Errorf("the reads are counted as %d begun, %d ended, %d timed out, %d canceled, %d failed, %d bytes",
			k.Begun, k.Ended, k.TimedOut, k.Canceled, k.Failed, k.Bytes)
	}
	if k.Latency.Count != 3 || k.Latency.Quantile(1) < wait/2 || k.Latency.Quantile(1) > patience {
		t.Errorf("the reads took up to %v, %d of them", k.Latency.Quantile(1), k.Latency.Count)
	}
}

// Lists are whole while thousands of calls come and go: what waits all the time is in each.
func TestOperationsUnderLoad(t *testing.T) {
	io := open(t, Config{Loops: 2})
	const stay = 3000
	ctx, cancel := context.WithCancel(background)
	var calls sync.WaitGroup
	for i := range stay {
		calls.Go(func() { _ = io.Sleep(ctx, time.Hour+time.Duration(i)) })
	}
	p, _ := pairOn(t, io, "unix")
	for i := range 8 {
		calls.Go(func() {
			for ctx.Err() == nil {
				short, end := context.WithTimeout(ctx, time.Millisecond)
				_, _ = p.ReadContext(short, make([]byte, 1+i))
				end()
			}
		})
	}
	testutil.Eventually(t, patience, func() bool { return kindOf(io, "timeout").Begun == stay }, "%d sleeps begun", stay)
	for range 5 {
		listed := 0
		seen := map[string]bool{}
		for _, o := range whole(t, io, 10*stay) {
			if o.Op == "timeout" {
				listed++
			}
			key := fmt.Sprint(o.Loop, o.Op, o.Since.UnixNano(), o.Deadline.UnixNano(), o.Size)
			if seen[key] && !strings.HasPrefix(o.Op, "timeout") {
				t.Errorf("listed twice: %+v", o)
			}
			seen[key] = true
		}
		if listed != stay {
			t.Errorf("%d of %d sleeps are listed", listed, stay)
		}
	}
	cancel()
	calls.Wait()
}

// A closed IO has nothing under way, and its counts stay.
func TestInsideOfAClosedIO(t *testing.T) {
	testutil.CheckLeaks(t)
	io, err := start(t, Config{Loops: 2})
	must(t, err)
	must(t, io.Nop(background))
	must(t, io.Close())
	if left := io.Operations(0); len(left) > 0 || kindOf(io, "nop").Ended != 1 {
		t.Errorf("closed, it has %+v under way and counts %+v", left, kindOf(io, "nop"))
	}
	for _, l := range io.Loops() {
		if l.Phase != proactor.PhaseEnded {
			t.Errorf("a loop of a closed IO is %+v", l)
		}
	}
}

// Of calls that park, some are timed from their result to the run of their goroutine.
func TestHandoverIsTimed(t *testing.T) {
	io := open(t, Config{Loops: 1})
	testutil.Eventually(t, patience, func() bool {
		must(t, io.Sleep(background, time.Microsecond))
		l := io.Loops()[0]
		return l.Handover > 0 && l.HandoverMost >= l.Handover
	}, "a handover was timed")
}
