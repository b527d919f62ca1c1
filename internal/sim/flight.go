//go:build unix

package sim

import (
	"bytes"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
)

// A flight is one request while the backend has it, or the answer to a cancel.
type flight struct {
	b     *Backend
	req   *backend.Request // nil: an answer
	token backend.Token
	luck  luck
	stage stage
	file  *file // what FD stood for when the request was taken

	start *entry // in the agenda, before the first attempt
	limit *entry // the same, of Request.Limit
	stuck bool   // it waits for a file that does not answer
	asked bool   // to stop, when it could not be

	waits   [waitsMax]*waitList // where it waits
	places  [waitsMax]list.Node[flight]
	waiting int // how many those are

	lent [][]byte // copies of the buffers, to see that nobody touches them

	// What came of it. It reaches the request when the event is reaped, which
	// is the last moment it may.
	result   int
	timedOut bool
	unsynced bool // it had written all, and was stopped
	moved    int  // bytes sent so far, where the operation goes on
	data     []byte
	from     []byte
	flags    int
	stat     backend.Stat
}

// waitsMax is how many lists an operation waits on: a poll, on both directions of a
// connection.
const waitsMax = 2

// stage is how far a flight has come.
type stage uint8

const (
	stageDelayed stage = iota // not tried yet
	stageWaiting              // tried; waits for something to change
	stageOver                 // the result is certain, the event is to come
	stageReady                // the event can be reaped
)

// launch starts a flight for r.
func (w *World) launch(b *Backend, r *backend.Request) {
	f := &flight{b: b, req: r, token: r.Token}
	b.register(f)
	w.begin(f)
}

// begin starts a flight that is registered.
func (w *World) begin(f *flight) {
	b, r := f.b, f.req
	if w.opt.Lends || b.boot.host.number == 0 {
		f.lend()
	}
	if w.opt.Trace != nil {
		w.tracef("%v %d: submitted, token %v", r.Op, r.FD, r.Token)
	}
	if r.FD >= 0 && r.Op != backend.OpClose {
		if f.file = b.boot.descriptors.get(r.FD); f.file != nil {
			f.file.refs++
		}
	}
	f.luck = b.boot.luckOf(f)
	if r.Limited && w.opt.LinkedTimeouts {
		f.limit = w.at(w.now+int64(max(0, r.Limit)), b.boot.id, func() { w.expire(f) })
	}
	f.start = w.after(f.luck.delay, b.boot.id, func() { w.try(f) })
}

// try makes an attempt at f.
func (w *World) try(f *flight) {
	result, over := f.b.boot.attempt(f)
	if over {
		w.conclude(f, result)
		return
	}
	f.stage = stageWaiting
	if f.asked && !f.stuck {
		w.stop(f) // a cancel that could not stop the attempt does not let it wait
	}
}

// conclude fixes the result of f.
func (w *World) conclude(f *flight, result int) {
	f.land()
	w.agenda.drop(f.start)
	w.agenda.drop(f.limit)
	f.result, f.stage = result, stageOver
	if result > 0 || result == 0 && onFiles(f.req.Op) {
		w.opt.Watch.Worked()
	}
	if w.opt.Trace != nil {
		w.tracef("%v %d: over with %d, token %v", f.req.Op, f.req.FD, result, f.token)
	}
	if f.file != nil {
		w.drop(f.file)
		f.file = nil
	}
	w.after(f.luck.late, f.b.boot.id, func() { f.b.post(f) })
}

// stop ends f if it can be, and returns what a cancel is answered.
func (w *World) stop(f *flight) syscall.Errno {
	switch {
	case f.stage == stageReady:
		return syscall.ENOENT
	case f.stage == stageOver:
		return syscall.EALREADY
	case f.unstoppable():
		f.asked = true
		return syscall.EALREADY
	}
	if n := f.progress(); n > 0 {
		f.unsynced = f.req.Op == backend.OpWriteSync
		w.conclude(f, int(n)) // what was transferred counts
	} else {
		w.conclude(f, -int(syscall.ECANCELED))
	}
	return 0
}

func (f *flight) unstoppable() bool {
	return f.stuck || f.stage == stageDelayed && (f.luck.stubborn || f.req.Op == backend.OpClose)
}

// expire is the end of Request.Limit.
func (w *World) expire(f *flight) {
	over := f.stage >= stageOver
	w.stop(f)
	f.timedOut = !over
}

// progress is how much of a transfer that goes on is done.
func (f *flight) progress() int { return f.moved + len(f.data) }

// wait has f wait for a change in each of lists, unless its caller does not want
// that. It returns what an attempt does.
func (f *flight) wait(lists ...*waitList) (int, bool) {
	if f.dontWait() {
		if n := f.progress(); n > 0 {
			return done(n)
		}
		return fail(syscall.EAGAIN)
	}
	if f.waiting > 0 {
		return 0, false
	}
	for i, l := range lists {
		f.waits[i] = l
		l.flights.PushBack(&f.places[i], f)
	}
	f.waiting = len(lists)
	return 0, false
}

// land takes f off where it waits.
func (f *flight) land() {
	for i := range f.waiting {
		f.waits[i].flights.Remove(&f.places[i])
	}
	f.waiting, f.stuck = 0, false
}

// buffers are the buffers that the request lends.
func (f *flight) buffers() [][]byte {
	if f.req.Msg != nil {
		return f.req.Msg.Buffers
	}
	return [][]byte{f.req.Buf}
}

func (f *flight) capacity() int {
	n := 0
	for _, b := range f.buffers() {
		n += len(b)
	}
	return n
}

// payload is what a send or write has still to transfer.
func (f *flight) payload() []byte {
	if f.req.Msg == nil {
		return f.req.Buf[f.moved:]
	}
	return bytes.Join(f.req.Msg.Buffers, nil)[f.moved:]
}

func (f *flight) lend() {
	for _, b := range f.buffers() {
		f.lent = append(f.lent, bytes.Clone(b))
	}
}

// untouched reports whether the buffers are as they were lent.
func (f *flight) untouched() bool {
	if f.lent == nil {
		return true
	}
	for i, b := range f.buffers() {
		if !bytes.Equal(b, f.lent[i]) {
			return false
		}
	}
	return true
}

// deliver fills in what the request asked for.
func (f *flight) deliver() {
	if f.result < 0 {
		return
	}
	data := f.data
	for _, b := range f.buffers() {
		data = data[copy(b, data):]
	}
	switch m := f.req.Msg; f.req.Op {
	case backend.OpAccept:
		f.req.NameLen = uint32(copy(f.req.Name, f.from))
	case backend.OpRecvMsg:
		m.NameLen = len(f.from)
		copy(m.Name, f.from)
		m.ControlLen, m.Flags = 0, f.flags
	case backend.OpStatx:
		*f.req.Stat = f.stat
	}
}

// done and fail are the ends of an attempt.
func done(n int) (int, bool)           { return int(n), true }
func fail(e syscall.Errno) (int, bool) { return -int(e), true }
