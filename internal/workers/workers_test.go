//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package workers

import (
	"slices"
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// A rig is a Pool whose requests each say that they have begun, and then wait until
// they are let go.
type rig struct {
	testing.TB
	*Pool
	begun chan *backend.Request
	letGo chan struct{}
	woken chan struct{}
}

func newRig(t *testing.T, most int) *rig {
	r := &rig{TB: t, begun: make(chan *backend.Request, 100), letGo: make(chan struct{}), woken: make(chan struct{}, 100)}
	r.Pool = New(most, func() { r.woken <- struct{}{} })
	r.perform = func(q *backend.Request) int {
		r.begun <- q
		<-r.letGo
		return q.FD
	}
	end := sync.OnceFunc(func() { close(r.letGo) })
	t.Cleanup(func() { end(); r.Wait() })
	return r
}

func (r *rig) submit(op backend.Op, fd int) *Job {
	j := &Job{Req: &backend.Request{Op: op, FD: fd}}
	r.Submit(j)
	return j
}

// idle checks that no request has begun that was not received from begun.
func (r *rig) idle(why string) {
	r.Helper()
	select {
	case q := <-r.begun:
		r.Errorf("%v of %d has begun: %s", q.Op, q.FD, why)
	default:
	}
}

// finish lets one request end, and returns the descriptors of what is done since.
func (r *rig) finish() (fds []int) {
	r.letGo <- struct{}{}
	<-r.woken
	if !r.Done.Load() {
		r.Error("a job is done, and Done is not set")
	}
	for done := r.PopAll(); ; {
		j := done.PopFront()
		if j == nil {
			return fds
		}
		if j.Result != j.Req.FD {
			r.Errorf("result %d, want %d", j.Result, j.Req.FD)
		}
		fds = append(fds, j.Result)
	}
}

// TestLimit: at most the given number run at once, in order of arrival.
func TestLimit(t *testing.T) {
	r := newRig(t, 1)
	for fd := range 3 {
		r.submit(backend.OpRead, fd)
	}
	for fd := range 3 {
		if q := <-r.begun; q.FD != fd {
			t.Fatalf("%d has begun, want %d", q.FD, fd)
		}
		r.idle("there is one worker")
		if got := r.finish(); !slices.Equal(got, []int{fd}) {
			t.Fatalf("%v are done, want %d", got, fd)
		}
	}
	if r.Wait(); r.Done.Load() {
		t.Error("everything was popped, and Done is set")
	}
}

// TestCloseNeedNotWait: a close runs although all workers are busy, and is not taken
// back.
func TestCloseNeedNotWait(t *testing.T) {
	r := newRig(t, 1)
	r.submit(backend.OpRead, 1)
	<-r.begun
	r.submit(backend.OpClose, 2)
	if q := <-r.begun; q.Op != backend.OpClose {
		t.Fatalf("%v has begun, want the close", q.Op)
	}
	if j := r.submit(backend.OpClose, 3); r.Withdraw(j) {
		t.Error("a close that waits was withdrawn")
	}
}

// TestWritesOfOneDescriptor: one at a time, in order, beside those of another.
func TestWritesOfOneDescriptor(t *testing.T) {
	r := newRig(t, 4)
	first := r.submit(backend.OpWrite, 1)
	if q := <-r.begun; q != first.Req {
		t.Fatal("another write than the first has begun")
	}
	second, third := r.submit(backend.OpWriteV, 1), r.submit(backend.OpWrite, 1)
	r.submit(backend.OpWrite, 2)
	if q := <-r.begun; q.FD != 2 {
		t.Fatal("the write of another descriptor waits")
	}
	r.idle("a write of its descriptor is under way")
	if !r.Withdraw(second) || r.Withdraw(second) || r.Withdraw(first) {
		t.Error("a write that waits can be withdrawn once, and one that has begun never")
	}
	for range 2 {
		r.finish()
	}
	if q := <-r.begun; q != third.Req {
		t.Fatal("another write than the third has begun")
	}
}

// TestWithdrawnFirstWrite: those behind a write that is withdrawn need not wait for it.
func TestWithdrawnFirstWrite(t *testing.T) {
	r := newRig(t, 1)
	r.submit(backend.OpRead, 9)
	<-r.begun
	first, second := r.submit(backend.OpWrite, 1), r.submit(backend.OpWrite, 1)
	if !r.Withdraw(first) {
		t.Fatal("a write that waits was not withdrawn")
	}
	r.finish()
	if q := <-r.begun; q != second.Req {
		t.Fatal("the second write has not begun")
	}
	r.finish()
	if r.Wait(); len(r.writes) != 0 {
		t.Errorf("%d descriptors are written to, and nothing is under way", len(r.writes))
	}
}

// TestLeave: nobody waits for a job that was left, nor for its worker, and a job that is done is
// not left.
func TestLeave(t *testing.T) {
	r := newRig(t, 1)
	first := r.submit(backend.OpRead, 1)
	<-r.begun
	if !r.Leave(first) {
		t.Fatal("a job that runs was not left")
	}
	if r.Leave(first) {
		t.Error("a job was left twice")
	}
	r.Wait() // not for its worker
	r.letGo <- struct{}{}
	waiting := New(1, func() {})
	waiting.perform = func(*backend.Request) int { return 0 }
	j := &Job{Req: &backend.Request{Op: backend.OpRead}}
	waiting.Submit(j)
	waiting.Wait()
	if waiting.Leave(j) {
		t.Error("a job that is done was left")
	}
	if r.Done.Load() {
		t.Error("a job that was left is among what is done")
	}
}

// The levels tell of workers that run, and of jobs in line for one, those behind a write included.
func TestLevels(t *testing.T) {
	goOn, begun := make(chan struct{}), make(chan struct{}, 9)
	p := New(2, func() {})
	p.perform = func(*backend.Request) int { begun <- struct{}{}; <-goOn; return 0 }
	for _, r := range []backend.Request{
		{Op: backend.OpWrite, FD: 1}, {Op: backend.OpWrite, FD: 1}, {Op: backend.OpRead, FD: 2}, {Op: backend.OpRead, FD: 3},
	} {
		p.Submit(&Job{Req: &r})
	}
	<-begun
	<-begun
	if running, inLine, most := p.Levels(); running != 2 || inLine != 2 || most != 2 {
		t.Errorf("%d run, %d in line, %d at most", running, inLine, most)
	}
	close(goOn)
	p.Wait()
	if running, inLine, most := p.Levels(); running != 0 || inLine != 0 || most != 2 {
		t.Errorf("%d run, %d in line, %d at most", running, inLine, most)
	}
}
