//go:build unix

package sim

import (
	"slices"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A rig drives a backend by hand, as the loop would.
type rig struct {
	testing.TB
	w      *World
	b      backend.Backend
	slots  uint32
	events map[backend.Token]backend.Event
	order  []backend.Token
	all    *[]*node // of hosts
}

// inWorld runs a test in a bubble. At its end nothing may be under way.
func inWorld(t *testing.T, o Options, test func(r *rig)) {
	t.Helper()
	inFaultyWorld(t, 1, o, nil, test)
}

func inFaultyWorld(t *testing.T, seed uint64, o Options, plan *Plan, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := New(seed, o)
		r := &rig{TB: t, w: w, b: w.Backend(), events: map[backend.Token]backend.Event{}, all: new([]*node)}
		if plan != nil {
			r.b = Inject(r.b, seed, *plan)
		}
		test(r)
		for _, n := range *r.all {
			n.must(n.b.Close())
			n.reap()
		}
		if err := r.b.Close(); err != nil {
			t.Errorf("seed %d: Close: %v", seed, err)
		}
		for _, v := range w.Violations() {
			t.Errorf("seed %d: violation: %s", seed, v)
		}
		if n := w.InFlight(); n != 0 {
			t.Errorf("seed %d: %d requests are in flight at the end", seed, n)
		}
	})
}

// start submits a request and returns its token.
func (r *rig) start(req backend.Request) backend.Token {
	r.Helper()
	r.slots++
	req.Token = backend.Token{Index: r.slots, Generation: 1}
	batch := []*backend.Request{&req}
	for range 1000 {
		taken, err := r.b.Submit(batch)
		if err != nil {
			r.Fatalf("Submit: %v", err)
		}
		if taken == 1 {
			return req.Token
		}
		r.reap()
	}
	r.Fatal("Submit does not take the request")
	panic("unreachable")
}

// cancel asks for a token's end and returns the token of the answer.
func (r *rig) cancel(target backend.Token) backend.Token {
	r.Helper()
	r.slots++
	answer := backend.Token{Index: r.slots, Generation: 1}
	for !r.b.Cancel(target, answer) {
		r.submitNothing()
	}
	r.submitNothing()
	return answer
}

func (r *rig) submitNothing() {
	r.Helper()
	if _, err := r.b.Submit(nil); err != nil {
		r.Fatalf("Submit: %v", err)
	}
}

// reap collects what is there.
func (r *rig) reap() {
	r.Helper()
	var events [3]backend.Event
	for n := len(events); n == len(events); {
		n = r.b.Reap(events[:])
		for _, e := range events[:n] {
			if _, twice := r.events[e.Token]; twice {
				r.Errorf("two events for token %v", e.Token)
			}
			r.events[e.Token] = e
			r.order = append(r.order, e.Token)
		}
	}
}

// wait waits for the event of a token.
func (r *rig) wait(token backend.Token) backend.Event {
	r.Helper()
	deadline := time.Now().Add(1000 * time.Hour)
	for {
		r.reap()
		if e, ok := r.events[token]; ok {
			return e
		}
		if !time.Now().Before(deadline) {
			r.Fatalf("no event for token %v; %v", token, r.b)
		}
		err := r.b.Wait(deadline)
		r.reap() // what the end of a boot has ended is there once that was told
		if _, ok := r.events[token]; !ok && err != nil {
			r.Fatalf("Wait: %v", err)
		}
	}
}

// do is a request from start to end.
func (r *rig) do(req backend.Request) int {
	r.Helper()
	return r.wait(r.start(req)).Result
}

// want is do for a request that is to end with a result.
func (r *rig) want(result int, req backend.Request) {
	r.Helper()
	if got := r.do(req); got != result {
		r.Errorf("%v %d: %s, want %s", req.Op, req.FD, inWords(got), inWords(result))
	}
}

// wantErrno is do for a request that is to fail.
func (r *rig) wantErrno(errno syscall.Errno, req backend.Request) {
	r.Helper()
	r.want(-int(errno), req)
}

// wantEvent checks how a token ended.
func (r *rig) wantEvent(token backend.Token, result int) {
	r.Helper()
	if got := r.wait(token).Result; got != result {
		r.Errorf("event %s, want %s", inWords(got), inWords(result))
	}
}

// pending checks that a token has no event yet.
func (r *rig) pending(token backend.Token) {
	r.Helper()
	r.reap()
	if e, ok := r.events[token]; ok {
		r.Fatalf("ended with %s, want it under way", inWords(e.Result))
	}
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	r.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); r.reap() {
		if err := r.b.Wait(end); err != nil {
			r.Fatalf("Wait: %v", err)
		}
	}
}

func (r *rig) wantOpen(fds ...int) {
	r.Helper()
	slices.Sort(fds)
	if got := r.w.Descriptors(); !slices.Equal(got, fds) {
		r.Errorf("open descriptors %v, want %v", got, fds)
	}
}

func inWords(result int) string {
	if result < 0 {
		return unix.ErrnoName(syscall.Errno(-result))
	}
	return strconv.Itoa(int(result))
}

const canceled = -int(syscall.ECANCELED)

// The requests that tests make, in short.

func nop() backend.Request           { return backend.Request{Op: backend.OpNop, FD: -1} }
func accept(fd int) backend.Request  { return backend.Request{Op: backend.OpAccept, FD: fd} }
func fsync(fd int) backend.Request   { return backend.Request{Op: backend.OpFsync, FD: fd} }
func closeFD(fd int) backend.Request { return backend.Request{Op: backend.OpClose, FD: fd} }
func connect(fd int, a []byte) backend.Request {
	return backend.Request{Op: backend.OpConnect, FD: fd, Name: a}
}

func recv(fd int, buf []byte, flags uint32) backend.Request {
	return backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf, Flags: flags}
}

func send(fd int, data string, flags uint32) backend.Request {
	return backend.Request{Op: backend.OpSend, FD: fd, Buf: []byte(data), Flags: flags}
}

func recvMsg(fd int, m *backend.Message) backend.Request {
	return backend.Request{Op: backend.OpRecvMsg, FD: fd, Msg: m}
}

func sendMsg(fd int, m *backend.Message) backend.Request {
	return backend.Request{Op: backend.OpSendMsg, FD: fd, Msg: m}
}

func read(fd int, buf []byte, offset int64) backend.Request {
	return backend.Request{Op: backend.OpRead, FD: fd, Buf: buf, Offset: offset}
}

func write(fd int, data string, offset int64) backend.Request {
	return backend.Request{Op: backend.OpWrite, FD: fd, Buf: []byte(data), Offset: offset}
}

func writeSync(fd int, data string, offset int64) backend.Request {
	return backend.Request{Op: backend.OpWriteSync, FD: fd, Buf: []byte(data), Offset: offset}
}

func vector(op backend.Op, fd int, offset int64, buffers ...[]byte) backend.Request {
	return backend.Request{Op: op, FD: fd, Offset: offset, Msg: &backend.Message{Buffers: buffers}}
}

func openAt(dir int, path string, flags int) backend.Request {
	return backend.Request{Op: backend.OpOpenAt, FD: dir, Name: []byte(path + "\x00"), Flags: uint32(flags), Mode: 0o640}
}

func statx(dir int, path string, flags uint32, st *backend.Stat) backend.Request {
	return backend.Request{Op: backend.OpStatx, FD: dir, Name: []byte(path + "\x00"), Flags: flags, Mode: statxBasicStats, Stat: st}
}

func shutdown(fd int, how uint32) backend.Request {
	return backend.Request{Op: backend.OpShutdown, FD: fd, Flags: how}
}

func newSocket(family, kind, protocol int) backend.Request {
	return backend.Request{Op: backend.OpSocket, FD: -1, Mode: uint32(family), Flags: uint32(kind), Offset: int64(protocol)}
}

func poll(fd int, events uint32) backend.Request {
	return backend.Request{Op: backend.OpPoll, FD: fd, Flags: events}
}
