//go:build unix

package proactor

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A subject is one kind of operation as the lifecycle tests see it.
type subject struct {
	name   string
	blocks bool // waits until it is made completable
	linked bool // the kernel can time it (Config.LinkedTimeouts)
	local  bool // the loop's own: it is never queued or in flight
	open   func(t testing.TB) *operation
}

// An operation is a subject with its descriptors open; nil where it has no such
// thing.
type operation struct {
	fd     int // -1: none
	submit func(p *Proactor, c *Completion, callback Callback) error

	// complete makes it completable, with nothing between its call and that.
	complete func(p *Proactor, c *Completion)

	// check judges an ordinary result, and cleans up after it.
	check func(r Result)

	// leftover checks after complete that an operation that was stopped, with r,
	// took no more than r says.
	leftover func(r Result)

	buf  []byte // lent to be filled
	late func() // the peer writes again
	peer int    // the other end of a stream; 0: none
}

// subjects are all of them.
var subjects = []subject{
	{name: "accept", blocks: true, open: openAccept},
	{name: "accept from", blocks: true, open: openAcceptFrom},
	{name: "connect tcp", blocks: true, linked: true, open: openConnectTCP},
	{name: "connect unix", blocks: true, linked: true, open: openConnectUnix},
	{name: "recv", blocks: true, linked: true, open: openRecv(testutil.SocketPair, 0)},
	{name: "recv tcp", blocks: true, linked: true, open: openRecv(testutil.TCPPair, 0)},
	{name: "recv waitall", blocks: true, linked: true, open: openRecv(testutil.TCPPair, unix.MSG_WAITALL)},
	{name: "send", blocks: true, linked: true, open: openSend},
	{name: "recvmsg", blocks: true, linked: true, open: openRecvMsg},
	{name: "sendmsg", blocks: true, linked: true, open: openSendMsg},
	{name: "read pipe", blocks: true, open: openReadPipe},
	{name: "write pipe", blocks: true, open: openWritePipe},
	{name: "readv pipe", blocks: true, open: openReadVPipe},
	{name: "writev pipe", blocks: true, open: openWriteVPipe},
	{name: "poll", blocks: true, open: openPoll},
	{name: "timeout", blocks: true, local: true, open: openTimeout},
	{name: "event", blocks: true, local: true, open: openEvent},
	{name: "nop", open: openNop},
	{name: "fsync", open: openFsync},
	{name: "openat", open: openOpenAt},
	{name: "statx", open: openStatx},
	{name: "shutdown", open: openShutdown},
	{name: "socket", open: openSocket},
	{name: "read file", open: openReadFile},
	{name: "write file", open: openWriteFile},
	{name: "readv file", open: openReadVFile},
	{name: "writev file", open: openWriteVFile},
	{name: "write and sync", open: openWriteSync},
}

func blocking(s *subject) bool { return s.blocks }

// overSubjects runs a test for each subject of a kind.
func overSubjects(t *testing.T, which func(s *subject) bool, test func(t *testing.T, s *subject)) {
	for i := range subjects {
		if s := &subjects[i]; which == nil || which(s) {
			t.Run(s.name, func(t *testing.T) { test(t, s) })
		}
	}
}

// An exchange is an operation on a rig.
type exchange struct {
	*rig
	*subject
	*operation
	*flown
	done bool // complete was called
}

func newExchange(r *rig, s *subject) *exchange {
	x := &exchange{rig: r, subject: s, operation: s.open(r)}
	testutil.Poison(x.buf)
	return x
}

// start submits the operation; prepare may set its deadline before.
func (x *exchange) start(prepare ...func(c *Completion)) *exchange {
	x.Helper()
	submit := func(c *Completion, callback Callback) error {
		for _, f := range prepare {
			f(c)
		}
		return x.submit(x.p, c, callback)
	}
	if x.flown == nil {
		x.flown = x.fly(submit)
	} else {
		x.again(submit)
	}
	return x
}

// settled is where the operation waits, once it was taken up.
func (x *exchange) settled() uint32 {
	if x.local {
		return waiting
	}
	return inFlight
}

// finish makes the operation completable, once.
func (x *exchange) finish() {
	if x.operation.complete != nil && !x.done {
		x.done = true
		x.operation.complete(x.p, x.c)
	}
}

// ordinary waits for the end and judges it as one that nothing came between.
func (x *exchange) ordinary() {
	x.Helper()
	r := x.land()
	if r.Err != nil {
		x.Fatalf("ended with %d, %v: want no error", r.N, r.Err)
	}
	x.operation.check(r)
	x.unwritten(r.N)
	x.untouched()
}

// stopped judges an operation that ended before it was complete: nothing is
// lost, and its buffer is no longer written to.
func (x *exchange) stopped(r Result) {
	x.Helper()
	x.unwritten(r.N)
	if x.operation.leftover != nil && x.p.counters.abandoned.Load() == 0 {
		x.finish()
		x.operation.leftover(r)
	}
	x.untouched()
}

// either judges an end that may be ordinary or is.
func (x *exchange) either(name string, is func(error) bool) {
	x.Helper()
	if r := x.land(); r.Err == nil {
		x.ordinary()
	} else {
		x.wantEnd(r, name, is)
		x.stopped(r)
	}
}

// unwritten checks that only the first n bytes of the buffer were written.
func (x *exchange) unwritten(n int) {
	x.Helper()
	if x.buf != nil && !bytes.Equal(x.buf[n:], poisoned(len(x.buf))[n:]) {
		x.Errorf("written beyond the %d bytes of the result", n)
	}
}

// untouched checks that the buffer is never written to again, although the peer
// writes.
func (x *exchange) untouched() {
	x.Helper()
	buf := x.buf
	testutil.Poison(buf)
	if x.late != nil {
		x.late()
	}
	x.tick()
	testutil.CheckPoison(x, buf)
	x.Cleanup(func() { testutil.CheckPoison(x.TB, buf) })
}

func poisoned(n int) []byte {
	b := make([]byte, n)
	testutil.Poison(b)
	return b
}
