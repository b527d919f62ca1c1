//go:build unix

package proactor

import (
	"context"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A script is a backend that does what its test says: it takes as much as it is
// told, and its events are those the test posts.
type script struct {
	room        int // how many requests it takes; negative: any number
	cancelRoom  int // the same of cancels
	err         error
	taken       []backend.Request
	canceled    []backend.Token
	refused     int
	events      []backend.Event
	waits, ends int
}

func (s *script) Name() string { return "script" }

func (s *script) Features() backend.Features {
	return backend.Features{Ops: backend.AllOps, LinkedTimeout: true}
}

func (s *script) Submit(batch []*backend.Request) (taken int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	for taken < len(batch) && s.room != 0 {
		s.taken = append(s.taken, *batch[taken])
		taken++
		s.room--
	}
	return taken, nil
}

func (s *script) Cancel(target, answer backend.Token) bool {
	if s.cancelRoom == 0 {
		s.refused++
		return false
	}
	s.cancelRoom--
	s.canceled = append(s.canceled, target)
	if answer != backend.TokenNone {
		s.post(answer, 0)
	}
	return true
}

func (s *script) Reap(events []backend.Event) int {
	n := copy(events, s.events)
	s.events = s.events[n:]
	return n
}

func (s *script) Wait(time.Time) error       { s.waits++; return nil }
func (s *script) Wake()                      {}
func (s *script) Counters() backend.Counters { return backend.Counters{} }
func (s *script) Close() error               { s.ends++; return nil }

func (s *script) post(token backend.Token, result int, flags ...backend.EventFlags) {
	e := backend.Event{Token: token, Result: result}
	if len(flags) > 0 {
		e.Flags = flags[0]
	}
	s.events = append(s.events, e)
}

// end posts the result of the request taken as number i.
func (s *script) end(i int, result int) { s.post(s.taken[i].Token, result) }

// stop ends what was canceled and has not ended.
func (s *script) stop() {
	slices.SortFunc(s.canceled, backend.Token.Compare)
	for _, token := range slices.Compact(s.canceled) {
		s.post(token, -int(syscall.ECANCELED))
	}
	s.canceled = nil
}

// newScripted returns a rig on a script that takes everything. The test ends
// what it starts.
func newScripted(t testing.TB, config Config) (*rig, *script) {
	t.Helper()
	s := &script{room: -1, cancelRoom: -1}
	return &rig{t, simulate(t, config, s)}, s
}

// part waits until the backend has taken n requests in all.
func (s *script) part(r *rig, n int) {
	r.Helper()
	r.until("the next part", func() bool { return len(s.taken) >= n })
}

// took checks which operations the backend has had so far.
func (s *script) wantSubmitted(t testing.TB, want ...backend.Op) {
	t.Helper()
	var got []backend.Op
	for _, r := range s.taken {
		got = append(got, r.Op)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the backend took %v, want %v", got, want)
	}
}

// A shared is a script that others may use while its loop waits, which it does
// until a Wake, whatever the deadline.
type shared struct {
	script
	woken chan struct{}
	parks atomic.Int64
	armed time.Time
	slow  bool // what was canceled ends later
	full  int  // how many cancels there is no room for

	looked func() // called after each Ready
}

func newShared() *shared {
	return &shared{
		script: script{room: -1, cancelRoom: -1},
		woken:  make(chan struct{}, 1),
	}
}

func (s *shared) Arm(deadline time.Time, parked bool) (bool, error) {
	if parked {
		return !s.Ready() && (deadline.IsZero() || !s.armed.IsZero() && !deadline.Before(s.armed)), nil
	}
	s.armed = deadline
	return !s.Ready(), nil
}

func (s *shared) Park() error {
	s.parks.Add(1)
	<-s.woken
	return nil
}

func (s *shared) Wait(deadline time.Time) error {
	if wait, err := s.Arm(deadline, false); !wait || err != nil {
		return err
	}
	return s.Park()
}

func (s *shared) Wake() {
	select {
	case s.woken <- struct{}{}:
	default:
	}
}

func (s *shared) Ready() bool {
	ready := len(s.events) > 0
	if s.looked != nil {
		s.looked()
	}
	return ready
}

// Cancel stops at once, where there is room for it.
func (s *shared) Cancel(target, answer backend.Token) bool {
	if s.full > 0 {
		s.full--
		return false
	}
	if !s.script.Cancel(target, answer) {
		return false
	}
	if !s.slow {
		s.post(target, -int(syscall.ECANCELED))
	}
	return true
}

// A sharedRig is a proactor on a shared script, and a goroutine that drives it and is
// parked there.
type sharedRig struct {
	testing.TB
	p     *Proactor
	s     *shared
	stop  context.CancelCauseFunc
	ended chan error
}

// newSharedRig also closes the proactor at the end of t.
func newSharedRig(t testing.TB, config Config) *sharedRig {
	t.Helper()
	testutil.CheckLeaks(t)
	s := newShared()
	r := &sharedRig{TB: t, p: simulate(t, config, s), s: s}
	r.drive()
	t.Cleanup(func() {
		// A goroutine of its own: a Close that hangs is a failure, not a hang.
		closed := make(chan error, 1)
		go func() { closed <- r.p.Close() }()
		if err := testutil.Receive(t, closed, "end of Close"); err != nil && err != r.p.failure {
			t.Errorf("close: %v", err)
		}
		r.stop(nil)
		testutil.Receive(t, r.ended, "end of Run")
	})
	return r
}

// combines has a goroutine combine, and waits until it is in a callback, where it
// stays until it is told to leave. returned is closed when its Flush has returned.
func (r *sharedRig) combines() (leave chan<- bool, returned <-chan bool) {
	r.Helper()
	entered, left, done := make(chan bool), make(chan bool), make(chan bool)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.NextTick(c, func(*Completion, Result) { entered <- true; <-left }); err != nil {
		r.Fatal(err)
	}
	go func() { defer close(done); r.p.Flush() }()
	testutil.Receive(r, entered, "callback of the combiner")
	return left, done
}

// drive has a goroutine run the proactor, and waits until it is parked.
func (r *sharedRig) drive() {
	r.Helper()
	before := r.s.parks.Load()
	r.driveOn()
	r.parksAgain(before)
}

// driveOn is drive without the wait.
func (r *sharedRig) driveOn() {
	ctx, cancel := context.WithCancelCause(context.Background())
	r.stop, r.ended = cancel, make(chan error, 2)
	ended := r.ended
	go func() {
		ended <- r.p.Run(ctx)
		close(ended)
	}()
}

// parksAgain waits for more than n Parks.
func (r *sharedRig) parksAgain(n int64) {
	r.Helper()
	testutil.Eventually(r, patient, func() bool { return r.s.parks.Load() > n }, "more than %d parks", n)
}

// nop submits a Nop that waits for a Flush.
func (r *sharedRig) nop(callback Callback) *Completion {
	r.Helper()
	c := new(Completion)
	c.SetBatched()
	if err := r.p.Nop(c, callback); err != nil {
		r.Fatal(err)
	}
	return c
}

// locked runs f with the loop lock.
func (r *sharedRig) locked(f func()) {
	r.p.loopLock.Lock()
	defer r.p.loopLock.Unlock()
	f()
}

// finish posts the results of what was taken as number from and later.
func (r *sharedRig) finish(from int) {
	r.locked(func() {
		for i := from; i < len(r.s.taken); i++ {
			r.s.end(i, 0)
		}
	})
}

// wakeUps counts those since the last call.
func (r *sharedRig) wakeUps() uint64 { return r.p.counters.wakeUps.Swap(0) }

// unanswered is where a result does not come.
var unanswered = make(chan struct{})
