//go:build unix

package proactor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/testutil"
)

// TestLaws runs a random schedule for each seed, in a world and with faults of
// that seed, and holds what happened against the laws of the design: ownership,
// no byte lost, one completion, cancel as a request, timeouts, close, limits.
//
// A failure names its seed; SIM_SEED runs it alone and SIM_COUNT more of them.
// Two seeds in three are driven by the test's own goroutine and repeat exactly;
// with the others, a goroutine runs the proactor and the scheduler has a say too.
func TestLaws(t *testing.T) {
	count := uint64(2000)
	if testing.Short() {
		count = 200
	}
	for seed := range sim.Seeds(count) {
		again := fmt.Sprintf("%s=%d repeats it", sim.SeedVariable, seed)
		guard := time.AfterFunc(time.Minute, func() { panic("busy for a minute and no end: " + again) })
		synctest.Test(t, func(t *testing.T) {
			l := newLaws(t, seed)
			watch := time.AfterFunc(10000*time.Hour, func() { panic("nothing happens any more: " + again + "\n" + l.state()) })
			defer watch.Stop()
			l.run()
		})
		guard.Stop()
		if t.Failed() {
			t.Fatal(again)
		}
	}
}

// laws is one schedule.
type laws struct {
	testing.TB
	seed   uint64
	config Config
	w      *sim.World
	world  *sim.Backend
	p      *Proactor
	driven bool // a goroutine runs p

	submitting atomic.Bool
	closing    atomic.Bool
	passive    atomic.Bool // callbacks do nothing more
	calling    bool        // a callback runs
	injected   []syscall.Errno

	mu     sync.Mutex // the rest, and every callback
	chance *rand.Rand
	ops    []*lawOp
	owner  map[*Completion]*lawOp
	free   []*Completion // of flights that are over
	open   map[int]int   // descriptors: how often they came to us, less how often they went
	lanes  []*lawLane
	things []*lawThing

	listener   *lawThing
	address    net.Addr
	nobody     net.Addr
	blackhole  net.Addr
	event      Event
	triggers   int
	heard      int
	file       *lawThing // of known contents
	out        *lawThing // written to, each write in a place of its own
	writes     []lawWrite
	stuck      *lawThing
	datagramsA *lawThing
	datagramsB *lawThing
	sentDgrams uint32
	gotDgrams  map[uint32]bool
}

type lawWrite struct {
	at   int
	data []byte
}

// A lawThing is what a descriptor stands for, and what has happened to it.
type lawThing struct {
	fd      int
	in, out *lawLane
	peer    *sim.Peer
	far     *lawThing // the other end, if it is a descriptor too
	fixed   bool      // never closed

	foreign bool // came while the proactor ran, and not from it

	closed bool // its close was submitted
	reset  bool
	ended  bool // the other side sent the end
	deaf   bool // shut down for reading
	mute   bool // and for writing
}

// A lawLane is one direction of a stream. What it carries is known by position.
type lawLane struct {
	id      int
	sent    int // by the source, as far as it was told
	sending bool
	chunks  [][]byte // received by the proactor
	got     []byte   // received by a peer
	sink    *lawThing
	peer    *sim.Peer // at its sink or source
	toPeer  bool
	broken  bool // bytes may be lost: it was reset, or an end was closed
}

func (l *lawLane) pattern(at, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		x := uint64(l.id)<<32 + uint64(at+i) + 1
		x *= 0x9e3779b97f4a7c15
		x ^= x >> 29
		x *= 0xbf58476d1ce4e5b9
		b[i] = byte(x >> 56)
	}
	return b
}

// A lawOp is one submission.
type lawOp struct {
	l     *laws
	name  string
	c     *Completion
	thing *lawThing
	buf   []byte
	legal []syscall.Errno // errors that the world may answer with
	also  []error         // and others

	since        time.Time
	deadline     time.Time // the earliest it ever had
	moved        bool
	asked        bool // to be canceled
	askedForSure bool // likewise, and for certain
	abandoned    bool // in time
	timeless     bool // its timeout does not count
	target       *lawOp

	calls int
	at    time.Time
	r     Result
	end   func(f *lawOp)
}

const lawFile = 10000 // bytes of the file of known contents

func newLaws(t testing.TB, seed uint64) *laws {
	l := &laws{
		TB: t, seed: seed, chance: rand.New(rand.NewPCG(seed, 77)), driven: seed%3 == 0,
		open: map[int]int{}, owner: map[*Completion]*lawOp{}, gotDgrams: map[uint32]bool{},
	}
	l.w = sim.New(seed, l.options())
	l.furnish()
	l.config = Config{
		MaxInFlight:    pick(l, 0, 0, 1, 2, 5),
		MaxQueued:      pick(l, 0, 0, 0, 1, 3),
		LinkedTimeouts: l.chance.IntN(3) == 0,
	}
	l.p = simulate(t, l.config, l.backend())
	return l
}

func pick[T any](l *laws, from ...T) T { return from[l.chance.IntN(len(from))] }

// options are what the world is like: half of them are of the quick kind.
func (l *laws) options() sim.Options {
	o := sim.Options{
		Entries:        pick(l, 1, 2, 256),
		LinkedTimeouts: l.chance.IntN(2) == 0,
		StreamBuffer:   pick(l, 1, 16, 100, 0),
		Segment:        pick(l, sim.Sizes{}, sim.Sizes{Min: 1, Max: 1}, sim.Sizes{Min: 1, Max: 30}),
		ShortReads:     pick(l, 0, 0.3),
		ShortWrites:    pick(l, 0, 0.3),
		TornWrites:     pick(l, 0, 0.1),
		Stubborn:       pick(l, 0, 0.5),
		Loss:           pick(l, 0, 0.3),
	}
	if l.chance.IntN(2) == 0 {
		return o
	}
	span := func(max time.Duration) sim.Span { return sim.Span{Max: time.Duration(l.chance.Int64N(int64(max)))} }
	o.NetDelay, o.FileDelay = span(5*time.Millisecond), span(50*time.Millisecond)
	o.Late, o.WireDelay = span(5*time.Millisecond), span(20*time.Millisecond)
	return o
}

// backend is the world's, with faults for three seeds in four.
func (l *laws) backend() backend.Backend {
	b := l.w.Backend()
	l.world = b
	if l.chance.IntN(4) == 0 {
		return b
	}
	delay := sim.Span{Max: 20 * time.Millisecond}
	plan := sim.Plan{BreakContract: l.chance.IntN(4) == 0}
	add := func(f sim.Fault) {
		if l.chance.IntN(2) == 0 {
			plan.Faults = append(plan.Faults, f)
		}
	}
	fail := func(errno syscall.Errno) {
		l.injected = append(l.injected, errno)
		add(sim.Fault{Kind: sim.Errno, Share: 0.05, Errno: errno})
	}
	datagrams := []int{l.datagramsA.fd, l.datagramsB.fd}
	streams := func(r *backend.Request) bool { return !slices.Contains(datagrams, r.FD) }
	fail(syscall.ENOMEM)
	if plan.BreakContract {
		fail(syscall.EINTR)
		fail(syscall.ECANCELED)
		fail(syscall.EAGAIN)
	}
	add(sim.Fault{Kind: sim.Short, Share: 0.3, Match: streams})
	add(sim.Fault{Kind: sim.Late, Share: 0.7, Delay: delay, Ops: 1 << backend.OpClose})
	add(sim.Fault{Kind: sim.Late, Share: 0.2, Delay: delay})
	add(sim.Fault{Kind: sim.Reorder, Share: 0.5})
	add(sim.Fault{Kind: sim.LateCancel, Share: 0.3, Delay: delay})
	add(sim.Fault{Kind: sim.FullQueue, Share: 0.3})
	add(sim.Fault{Kind: sim.FullCancel, Share: 0.3})
	add(sim.Fault{Kind: sim.EarlyWait, Share: 0.3})
	return sim.Inject(b, l.seed, plan)
}

// furnish puts into the world what the operations are about.
func (l *laws) furnish() {
	for range 2 {
		l.newConn()
	}
	a, b := l.w.SocketPair()
	l.join(l.newThing(a), l.newThing(b))
	r, w := l.w.Pipe()
	in, out := l.newThing(r), l.newThing(w)
	l.join(in, out)
	l.lanes = slices.DeleteFunc(l.lanes, func(x *lawLane) bool { return x == in.out })
	in.out, out.in = nil, nil

	fd, address := l.w.Listen(pick(l, 1, 3))
	l.listener, l.address = l.newThing(fd), address
	l.nobody, l.blackhole = l.w.Nobody(), l.w.Blackhole()
	a, b = l.w.DatagramPair()
	l.datagramsA, l.datagramsB = l.newThing(a), l.newThing(b)
	l.w.CreateFile("/file", testutil.FileContents(0, lawFile))
	l.w.CreateFile("/stuck", make([]byte, 100))
	l.file, l.stuck, l.out = l.openFile("/file"), l.openFile("/stuck"), l.openFile("/out")
	for _, t := range []*lawThing{l.listener, l.datagramsA, l.datagramsB, l.file, l.stuck, l.out} {
		t.fixed = true
	}
	if l.chance.IntN(3) == 0 {
		l.w.Stick("/stuck")
		time.AfterFunc(time.Duration(l.chance.Int64N(int64(time.Second))), func() { l.w.Unstick("/stuck") })
	}
}

// newConn is a connection that the proactor had no part in.
func (l *laws) newConn() {
	fd, peer := l.w.Conn()
	t := l.newThing(fd)
	t.peer, t.foreign = peer, l.p != nil
	t.in, t.out = l.lane(t, peer), l.lane(nil, peer)
}

func (l *laws) newThing(fd int) *lawThing {
	t := &lawThing{fd: fd}
	l.things = append(l.things, t)
	l.open[fd]++
	return t
}

func (l *laws) openFile(path string) *lawThing {
	fd, err := l.w.Open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		l.Fatal(err)
	}
	return l.newThing(fd)
}

func (l *laws) lane(sink *lawThing, peer *sim.Peer) *lawLane {
	x := &lawLane{id: len(l.lanes), sink: sink, peer: peer, toPeer: sink == nil}
	l.lanes = append(l.lanes, x)
	return x
}

func (l *laws) join(a, b *lawThing) {
	a.far, b.far = b, a
	a.in = l.lane(a, nil)
	b.in = l.lane(b, nil)
	a.out, b.out = b.in, a.in
}

// run is the schedule, and the verdict.
func (l *laws) run() {
	steps, settles := 20+l.chance.IntN(60), l.chance.IntN(3) == 0
	var ended chan error
	if l.driven {
		ended = make(chan error, 1)
		go func() { ended <- l.p.Run(l.TB.(*testing.T).Context()) }()
	}
	for range steps {
		l.mu.Lock()
		for range 1 + l.chance.IntN(4) {
			l.act()
		}
		nap := time.Duration(l.chance.Int64N(int64(5 * time.Millisecond)))
		tick := l.chance.IntN(3) == 0
		l.mu.Unlock()
		l.drive(nap, tick)
		if l.closing.Load() {
			break
		}
	}
	if settles && !l.closing.Load() {
		l.settleDown()
	}
	l.shut()
	if l.driven {
		if err := <-ended; err != nil {
			l.errorf("Run: %v", err)
		}
	}
	time.Sleep(time.Hour) // for what is on its way to the peers
	l.verdict()
}

func (l *laws) drive(nap time.Duration, tick bool) {
	var err error
	switch {
	case l.driven:
		time.Sleep(nap)
	case tick:
		err = l.p.Tick()
	default:
		err = l.p.RunFor(nap)
	}
	if err != nil && !(l.closing.Load() && errors.Is(err, ErrClosed)) {
		l.errorf("driving: %v", err)
	}
}

// settleDown drives on without doing anything more: what was asked to end has ended
// soon, unless it had to wait in line behind what never ends.
func (l *laws) settleDown() {
	l.passive.Store(true)
	l.drive(5*time.Second, false)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.ops {
		if f.calls > 0 || l.config.MaxInFlight > 0 || l.closing.Load() {
			continue
		}
		if f.askedForSure || f.name == "close" || f.name == "cancel" || f.name == "nop" || f.name == "timer" ||
			f.thing != nil && f.thing.closed || !f.deadline.IsZero() && !f.moved {
			l.errorf("%s should have ended: %s", f.name, l.state())
		}
	}
}

// shut closes the proactor, once or from two goroutines while others submit.
func (l *laws) shut() {
	l.closing.Store(true)
	var all sync.WaitGroup
	if l.driven {
		for range 2 {
			all.Go(func() { l.close() })
		}
		l.mu.Lock()
		l.act()
		l.mu.Unlock()
	}
	l.close()
	all.Wait()
}

func (l *laws) close() {
	if err := l.p.Close(); err != nil {
		l.errorf("Close: %v", err)
	}
}

func (l *laws) errorf(format string, args ...any) {
	l.Helper()
	l.Errorf("seed %d: "+format, append([]any{l.seed}, args...)...)
}

// state tells what is under way. It is for a schedule in which nothing moves.
func (l *laws) state() string {
	var s strings.Builder
	s.WriteString(fmt.Sprintf("world: %v\nloop: %d queued, %d in flight, %d timers, %d cancels",
		l.world, l.p.queue.size, l.p.inFlight.size, len(l.p.timers.Entries), len(l.p.cancels)))
	for _, f := range l.ops {
		if f.calls == 0 {
			s.WriteString(fmt.Sprintf("\n%s in state %d: asked %v, stopped for %d, thing %+v",
				f.name, f.c.state.Load(), f.asked, f.c.stopped, f.thing))
		}
	}
	return s.String()
}

// act does one thing at random.
func (l *laws) act() {
	t := l.things[l.chance.IntN(len(l.things))]
	switch n := l.chance.IntN(100); {
	case n < 18:
		l.receive(t)
	case n < 34:
		l.send(t)
	case n < 46:
		l.onPeer(t)
	case n < 58:
		l.interfere()
	case n < 70:
		l.onFiles()
	case n < 76:
		l.onDatagrams()
	case n < 82:
		l.onListener()
	case n < 86:
		l.newDescriptor()
	case n < 90:
		l.closeThing(t)
	case n < 92:
		l.shutdownThing(t)
	case n < 94:
		l.poll(t)
	default:
		l.onLoop()
	}
}

// submit starts a flight, with a limit or without.
func (l *laws) submit(f *lawOp, start func(c *Completion, callback Callback) error) bool {
	f.l, f.since, f.c = l, time.Now(), new(Completion)
	if n := len(l.free); n > 0 && l.chance.IntN(2) == 0 {
		f.c, l.free = l.free[n-1], l.free[:n-1]
	}
	if d := time.Duration(l.chance.Int64N(int64(20 * time.Millisecond))); l.chance.IntN(3) == 0 {
		if l.chance.IntN(5) == 0 {
			d = 0
		}
		if l.chance.IntN(2) == 0 {
			f.c.SetTimeout(d)
		} else {
			f.c.SetDeadline(f.since.Add(d))
		}
		if !f.timeless {
			f.deadline = f.since.Add(d)
		}
	}
	l.submitting.Store(true)
	err := start(f.c, f.done)
	l.submitting.Store(false)
	switch {
	case err == nil:
		l.ops = append(l.ops, f)
		l.owner[f.c] = f
		return true
	case l.config.MaxQueued > 0 && errors.Is(err, ErrQueueFull):
	case l.closing.Load() && errors.Is(err, ErrClosed):
	default:
		l.errorf("%s was refused: %v", f.name, err)
	}
	return false
}

// done is every callback.
func (f *lawOp) done(c *Completion, r Result) {
	l := f.l
	if !l.driven && l.submitting.Load() {
		l.errorf("%s: callback inside a submission", f.name)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f.calls, f.r, f.at = f.calls+1, r, time.Now()
	if c != f.c || f.calls > 1 {
		l.errorf("%s: %d callbacks", f.name, f.calls)
		return
	}
	l.calling = true
	defer func() { l.calling = false }()
	l.free = append(l.free, c)
	f.judge()
	if f.end != nil {
		f.end(f)
	}
	testutil.Poison(f.buf)
	switch n := l.chance.IntN(200); {
	case n == 0 && !l.driven:
		l.closing.Store(true)
		l.close()
	case n < 40 && !l.closing.Load() && !l.passive.Load():
		l.act()
	}
}

// judge holds the end of an operation against what happened to it.
func (f *lawOp) judge() {
	l, err := f.l, f.r.Err
	var op *OpError
	switch {
	case err == nil:
		return
	case f.r.N < 0 || !errors.As(err, &op):
		l.errorf("%s ended with %d, %v (%T)", f.name, f.r.N, err, err)
		return
	case isCanceled(err) && f.asked,
		isTimedOut(err) && !f.deadline.IsZero() && !f.at.Before(f.deadline),
		isClosed(err) && (l.closing.Load() || f.thing != nil && f.thing.closed):
		return
	}
	for _, errno := range slices.Concat(f.legal, l.injected) {
		if op.Err == errno {
			return
		}
	}
	if !slices.Contains(f.also, op.Err) {
		l.errorf("%s ended with %d, %v after %v, which nothing explains: %+v", f.name, f.r.N, err, f.at.Sub(f.since), f)
	}
}

// A send and a receive of a stream.

func (l *laws) receive(t *lawThing) {
	if t.in == nil || t.closed {
		return
	}
	f := &lawOp{name: "receive", thing: t, buf: make([]byte, 1+l.chance.IntN(60))}
	f.legal = append(f.legal, syscall.ECONNRESET) // received asks whether there was one
	flags := pick(l, 0, 0, 0, msgWaitAll, msgDontWait)
	way := l.chance.IntN(3)
	if t.out == nil {
		way, flags = 2, 0 // a pipe
	} else if way == 2 {
		flags = 0
	}
	if flags == msgDontWait {
		f.legal = append(f.legal, syscall.EAGAIN)
	}
	f.end = func(f *lawOp) { f.received(flags == msgWaitAll) }
	l.submit(f, func(c *Completion, callback Callback) error {
		switch way {
		case 0:
			return l.p.Recv(c, t.fd, f.buf, flags, callback)
		case 1:
			half := len(f.buf) / 2
			return l.p.RecvMsg(c, t.fd, &Message{Buffers: [][]byte{f.buf[:half], f.buf[half:]}}, flags, callback)
		default:
			return l.p.Read(c, t.fd, f.buf, CurrentPosition, callback)
		}
	})
}

func (f *lawOp) received(whole bool) {
	l, t := f.l, f.thing
	n, err := f.r.N, f.r.Err
	if n > 0 {
		t.in.chunks = append(t.in.chunks, bytes.Clone(f.buf[:n]))
	}
	switch {
	case n > len(f.buf), err != nil && n > 0 && !whole:
		l.errorf("receive of up to %d got %d, %v", len(f.buf), n, err)
	case err == nil && (n == 0 || whole && n < len(f.buf)) && !t.atEnd():
		l.errorf("receive got %d of %d bytes, but there was no end", n, len(f.buf))
	case err != nil && op(err) == syscall.ECONNRESET && !t.farEnded():
		l.errorf("receive was told of a reset that did not happen")
	}
}

func op(err error) error { return errors.Unwrap(err) }

// farEnded reports whether the other side may be no more.
func (t *lawThing) farEnded() bool { return t.reset || t.far != nil && t.far.closed }

// atEnd reports whether a receive may find the end.
func (t *lawThing) atEnd() bool {
	return t.farEnded() || t.ended || t.deaf || t.mute || t.far != nil && t.far.mute
}

func (l *laws) send(t *lawThing) {
	if t.out == nil || t.closed || t.out.sending {
		return
	}
	lane := t.out
	f := &lawOp{name: "send", thing: t}
	f.buf = lane.pattern(lane.sent, 1+l.chance.IntN(80))
	flags := pick(l, 0, 0, 0, 0, msgDontWait)
	way := l.chance.IntN(3)
	if t.in == nil {
		way = 2
	}
	if way == 2 {
		flags = 0
	}
	if flags == msgDontWait {
		f.legal = append(f.legal, syscall.EAGAIN)
	}
	f.legal = append(f.legal, syscall.EPIPE, syscall.ECONNRESET)
	lane.sending = true
	f.end = func(f *lawOp) { f.sent(flags != msgDontWait) }
	lane.sending = l.submit(f, func(c *Completion, callback Callback) error {
		switch way {
		case 0:
			return l.p.Send(c, t.fd, f.buf, flags, callback)
		case 1:
			third := len(f.buf) / 3
			return l.p.SendMsg(c, t.fd, &Message{Buffers: [][]byte{f.buf[:third], nil, f.buf[third:]}}, flags, callback)
		default:
			return l.p.Write(c, t.fd, f.buf, CurrentPosition, callback)
		}
	})
}

func (f *lawOp) sent(whole bool) {
	l, t := f.l, f.thing
	t.out.sending = false
	t.out.sent += f.r.N
	err := f.r.Err
	switch {
	case f.r.N > len(f.buf), err == nil && whole && f.r.N != len(f.buf):
		l.errorf("send of %d bytes: %d, %v", len(f.buf), f.r.N, err)
	case err != nil && (op(err) == syscall.EPIPE || op(err) == syscall.ECONNRESET) && !t.farEnded() && !t.mute:
		l.errorf("send ended with %v, but the other side is there", err)
	}
}

// onPeer is what the other side does.
func (l *laws) onPeer(t *lawThing) {
	if t.peer == nil {
		return
	}
	switch n := l.chance.IntN(40); {
	case n < 25 && !t.ended && !t.reset:
		b := t.in.pattern(t.in.sent, 1+l.chance.IntN(60))
		t.in.sent += t.peer.Write(b)
	case n < 38:
		t.out.got = append(t.out.got, t.peer.Read()...)
	case n < 39:
		t.ended = true
		t.peer.CloseWrite()
	default:
		t.out.got = append(t.out.got, t.peer.Read()...)
		t.reset, t.in.broken, t.out.broken = true, true, true
		t.peer.Reset()
	}
}

// interfere does something about an operation under way, or over.
func (l *laws) interfere() {
	if len(l.ops) == 0 {
		return
	}
	recent := l.ops[max(0, len(l.ops)-10):]
	f := l.owner[recent[l.chance.IntN(len(recent))].c]
	switch l.chance.IntN(6) {
	case 0, 1:
		f.asked, f.askedForSure = true, true
		l.p.RequestCancel(f.c)
	case 2:
		f.asked, f.askedForSure = true, true
		f.abandoned = !l.driven && !l.calling // then nothing is complete that was not called back
		l.p.Abandon(f.c)
	case 3:
		at := time.Now().Add(time.Duration(l.chance.Int64N(int64(10*time.Millisecond))) - time.Millisecond)
		f.moved = true
		if f.deadline.IsZero() || at.Before(f.deadline) {
			f.deadline = at
		}
		if l.chance.IntN(4) == 0 {
			at = time.Time{}
		}
		l.p.SetDeadline(f.c, at)
	default:
		l.cancel(f)
	}
}

func (l *laws) cancel(target *lawOp) {
	x := &lawOp{name: "cancel", target: target, timeless: true}
	x.also = []error{ErrNotFound, ErrAlreadyInProgress}
	calls := target.calls
	if l.submit(x, func(c *Completion, callback Callback) error { return l.p.Cancel(c, target.c, callback) }) && calls == 0 {
		target.asked = true
	}
}

// onFiles reads, writes, syncs or looks at a file.
func (l *laws) onFiles() {
	switch l.chance.IntN(6) {
	case 0, 1:
		l.readFile()
	case 2, 3:
		l.writeFile()
	case 4:
		f := &lawOp{name: "fsync", thing: l.out}
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.Fsync(c, l.out.fd, pick(l, 0, FsyncDataOnly), callback)
		})
	default:
		l.statFile()
	}
}

func (l *laws) readFile() {
	t := pick(l, l.file, l.file, l.stuck)
	f := &lawOp{name: "read", thing: t, buf: make([]byte, 1+l.chance.IntN(500))}
	at := l.chance.IntN(lawFile + 500)
	f.end = func(f *lawOp) {
		if f.r.Err != nil || t == l.stuck {
			return
		}
		left := lawFile - at
		if n := f.r.N; n > len(f.buf) || n > max(left, 0) || n == 0 && left > 0 ||
			!bytes.Equal(f.buf[:n], testutil.FileContents(at, n)) {
			l.errorf("read of %d bytes at %d of %d: %d, or other bytes", len(f.buf), at, lawFile, n)
		}
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		if l.chance.IntN(2) == 0 {
			return l.p.ReadV(c, t.fd, l.pieces(f.buf), int64(at), callback)
		}
		return l.p.Read(c, t.fd, f.buf, int64(at), callback)
	})
}

func (l *laws) writeFile() {
	const slotSize = 100
	at := len(l.writes) * slotSize
	data := testutil.FileContents(l.chance.IntN(1000), 1+l.chance.IntN(slotSize))
	f := &lawOp{name: "write", thing: l.out, buf: bytes.Clone(data), legal: []syscall.Errno{syscall.EIO}}
	l.writes = append(l.writes, lawWrite{at: at})
	i := len(l.writes) - 1
	f.end = func(f *lawOp) {
		if f.r.N > len(data) || f.r.Err == nil && f.r.N != len(data) {
			l.errorf("write of %d bytes: %d, %v", len(data), f.r.N, f.r.Err)
			return
		}
		l.writes[i].data = data[:f.r.N]
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		switch l.chance.IntN(3) {
		case 0:
			return l.p.WriteV(c, l.out.fd, l.pieces(f.buf), int64(at), callback)
		case 1:
			return l.p.WriteSync(c, l.out.fd, f.buf, int64(at), pick(l, 0, FsyncDataOnly), callback)
		}
		return l.p.Write(c, l.out.fd, f.buf, int64(at), callback)
	})
}

// pieces are buf as several buffers, of which some may be empty.
func (l *laws) pieces(buf []byte) (pieces [][]byte) {
	for len(buf) > 0 {
		n := l.chance.IntN(len(buf) + 1)
		pieces, buf = append(pieces, buf[:n]), buf[n:]
	}
	return pieces
}

func (l *laws) statFile() {
	var st Stat
	f := &lawOp{name: "statx", thing: l.file}
	f.end = func(f *lawOp) {
		if f.r.Err == nil && st.Size != lawFile {
			l.errorf("statx: a size of %d, want %d", st.Size, lawFile)
		}
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		return l.p.Statx(c, AtCWD, "/file", 0, 0, &st, callback)
	})
}

// onDatagrams sends a datagram or receives one.
func (l *laws) onDatagrams() {
	if l.chance.IntN(2) == 0 {
		l.sentDgrams++
		f := &lawOp{name: "send datagram", thing: l.datagramsA, buf: datagramOf(l.sentDgrams)}
		f.end = func(f *lawOp) {
			if f.r.Err == nil && f.r.N != len(f.buf) {
				l.errorf("%d of %d bytes of a datagram were sent", f.r.N, len(f.buf))
			}
		}
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.SendMsg(c, f.thing.fd, &Message{Buffers: [][]byte{f.buf}}, 0, callback)
		})
		return
	}
	f := &lawOp{name: "receive datagram", thing: l.datagramsB, buf: make([]byte, 100)}
	f.end = func(f *lawOp) {
		if f.r.Err != nil {
			return
		}
		got := f.buf[:f.r.N]
		number := binary.BigEndian.Uint32(got)
		if number > l.sentDgrams || l.gotDgrams[number] || !bytes.Equal(got, datagramOf(number)) {
			l.errorf("datagram %d of %d came twice, or mangled", number, l.sentDgrams)
		}
		l.gotDgrams[number] = true
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		return l.p.Recv(c, f.thing.fd, f.buf, 0, callback)
	})
}

func datagramOf(number uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, number)
	return append(b, testutil.FileContents(int(number), int(number%50))...)
}

// onListener accepts, connects from outside, or from inside.
func (l *laws) onListener() {
	switch l.chance.IntN(3) {
	case 0:
		f := &lawOp{name: "accept", thing: l.listener, end: (*lawOp).gained}
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.Accept(c, l.listener.fd, 0, callback)
		})
	case 1:
		if _, err := l.w.Dial(l.address); err != nil && err != syscall.ECONNREFUSED {
			l.errorf("Dial: %v", err)
		}
	default:
		for _, t := range l.things {
			if t.in == nil && t.out == nil && !t.closed && !t.fixed {
				l.connect(t)
				return
			}
		}
	}
}

// connect is of whatever descriptor was gained, so that not each is a socket.
func (l *laws) connect(t *lawThing) {
	f := &lawOp{name: "connect", thing: t}
	f.legal = []syscall.Errno{syscall.ECONNREFUSED, syscall.EISCONN, syscall.ENOTSOCK}
	to := pick(l, l.address, l.address, l.nobody, l.blackhole)
	l.submit(f, func(c *Completion, callback Callback) error { return l.p.Connect(c, t.fd, to, callback) })
}

// gained takes over the descriptor that an operation made.
func (f *lawOp) gained() {
	if f.r.Err != nil {
		return
	}
	f.l.newThing(f.r.N)
	if f.abandoned {
		f.l.errorf("%s, which was abandoned, ended with descriptor %d", f.name, f.r.N)
	}
}

// newDescriptor opens a file or makes a socket.
func (l *laws) newDescriptor() {
	f := &lawOp{name: "open", end: (*lawOp).gained}
	switch l.chance.IntN(4) {
	case 3:
		l.newConn()
	case 0:
		f.name = "socket"
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.Socket(c, unix.AF_INET, unix.SOCK_STREAM, 0, callback)
		})
	case 1:
		f.legal = []syscall.Errno{syscall.ENOENT}
		f.end = func(f *lawOp) {
			if f.r.Err == nil {
				l.errorf("opened a file that is not there")
			}
		}
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.OpenAt(c, AtCWD, "/none", os.O_RDONLY, 0, callback)
		})
	default:
		path := pick(l, "/file", "/stuck")
		l.submit(f, func(c *Completion, callback Callback) error {
			return l.p.OpenAt(c, AtCWD, path, os.O_RDONLY, 0, callback)
		})
	}
}

// closeThing closes a descriptor, at times twice.
func (l *laws) closeThing(t *lawThing) {
	if t.fixed || t.closed {
		return
	}
	f := &lawOp{name: "close", timeless: true}
	before := len(l.ops)
	f.end = func(f *lawOp) { f.closedThing(t, l.ops[:before]) }
	if t.foreign {
		// The loop may still wait for the event of an earlier close of the number.
		f.also = []error{errDescriptorClosed}
	}
	if !l.submit(f, func(c *Completion, callback Callback) error { return l.p.CloseFD(c, t.fd, callback) }) {
		return
	}
	t.closed = true
	for _, lane := range []*lawLane{t.in, t.out} {
		if lane != nil {
			lane.broken = true
		}
	}
	if l.driven || t.foreign || l.chance.IntN(3) > 0 {
		return
	}
	// The loop has not looked since: both find the descriptor being closed.
	twice := &lawOp{name: "second close", thing: t, timeless: true}
	late := &lawOp{name: "receive after close", thing: t, buf: make([]byte, 1)}
	for _, f := range []*lawOp{twice, late} {
		f.end = func(f *lawOp) {
			if f.r.Err == nil {
				l.errorf("%s succeeded", f.name)
			}
		}
	}
	l.submit(twice, func(c *Completion, callback Callback) error { return l.p.CloseFD(c, t.fd, callback) })
	l.submit(late, func(c *Completion, callback Callback) error {
		return l.p.Read(c, t.fd, late.buf, CurrentPosition, callback)
	})
}

// closedThing is the end of a close. What was under way has ended before.
func (f *lawOp) closedThing(t *lawThing, before []*lawOp) {
	l := f.l
	if t.foreign && f.r.Err != nil && op(f.r.Err) == errDescriptorClosed {
		t.closed = false // it is still open, and can be closed later
		return
	}
	l.open[t.fd]--
	for _, x := range before {
		if x.thing == t && x.calls == 0 {
			l.errorf("descriptor %d was closed while a %s was under way", t.fd, x.name)
		}
	}
}

func (l *laws) shutdownThing(t *lawThing) {
	if t.in == nil || t.out == nil || t.closed {
		return
	}
	how := l.chance.IntN(3)
	f := &lawOp{name: "shutdown", thing: t}
	if l.submit(f, func(c *Completion, callback Callback) error { return l.p.Shutdown(c, t.fd, how, callback) }) {
		t.deaf = t.deaf || how != unix.SHUT_WR
		t.mute = t.mute || how != unix.SHUT_RD
	}
}

func (l *laws) poll(t *lawThing) {
	if t.closed {
		return
	}
	f := &lawOp{name: "poll", thing: t}
	f.end = func(f *lawOp) {
		if f.r.Err == nil && f.r.N == 0 {
			l.errorf("poll found no event")
		}
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		return l.p.Poll(c, t.fd, unix.POLLIN|unix.POLLOUT, callback)
	})
}

// onLoop is what the proactor does without descriptors.
func (l *laws) onLoop() {
	switch l.chance.IntN(5) {
	case 0:
		l.submit(&lawOp{name: "nop"}, l.p.Nop)
	case 1:
		l.submit(&lawOp{name: "next tick", timeless: true}, l.p.NextTick)
	case 2:
		l.timer()
	case 3:
		l.triggers++
		l.p.Trigger(&l.event)
	default:
		f := &lawOp{name: "listen", also: []error{ErrInUse}}
		f.end = func(f *lawOp) {
			if f.r.Err == nil {
				l.heard++
			}
		}
		l.submit(f, func(c *Completion, callback Callback) error { return l.p.OnTrigger(c, &l.event, callback) })
	}
}

func (l *laws) timer() {
	d := time.Duration(l.chance.Int64N(int64(30 * time.Millisecond)))
	f := &lawOp{name: "timer", timeless: true}
	f.end = func(f *lawOp) {
		elapsed := f.at.Sub(f.since)
		early := elapsed < d && f.deadline.IsZero()
		late := l.driven && elapsed > d && !f.moved
		if f.r.Err == nil && (early || late) {
			l.errorf("a timer of %v took %v", d, elapsed)
		}
	}
	l.submit(f, func(c *Completion, callback Callback) error {
		c.SetDeadline(time.Time{})
		return l.p.Timeout(c, d, callback)
	})
}

// verdict is after everything.
func (l *laws) verdict() {
	for _, f := range l.ops {
		if f.calls != 1 {
			l.errorf("%s had %d callbacks", f.name, f.calls)
		}
		if f.target != nil && f.r.Err == nil && f.target.calls == 1 && f.target.r.Err == nil && f.target.name != "close" {
			l.errorf("the cancel of a %s succeeded, and so did the %s", f.target.name, f.target.name)
		}
		testutil.CheckPoison(l, f.buf)
	}
	for _, lane := range l.lanes {
		l.judgeLane(lane)
	}
	l.judgeProactor()
	l.judgeWorld()
}

// judgeLane looks for bytes lost, doubled or changed.
func (l *laws) judgeLane(x *lawLane) {
	got, left := x.got, 0
	switch {
	case x.toPeer:
		got = append(got, x.peer.Read()...)
	case x.peer != nil:
		arrived, wire := x.peer.Unread()
		left = arrived + wire
	default:
		arrived, wire := l.w.Unread(x.sink.fd)
		left = arrived + wire
	}
	if !x.toPeer {
		got = x.assemble(nil, x.chunks)
	}
	if want := x.pattern(0, len(got)); got == nil && len(x.chunks) > 0 || !bytes.Equal(got, want) {
		l.errorf("lane %d: the bytes received are not those sent", x.id)
	}
	if len(got)+left > x.sent && !x.broken || len(got) > x.sent {
		l.errorf("lane %d: sent %d, received %d, left %d", x.id, x.sent, len(got), left)
	}
	if len(got)+left < x.sent && !x.broken {
		l.errorf("lane %d: bytes lost: sent %d, received %d, left %d", x.id, x.sent, len(got), left)
	}
}

// assemble puts the chunks, which may have come in any order, behind got; nil if
// they do not make up what was sent.
func (x *lawLane) assemble(got []byte, chunks [][]byte) []byte {
	if len(chunks) == 0 {
		return got
	}
	for i, c := range chunks {
		if !bytes.Equal(c, x.pattern(len(got), len(c))) {
			continue
		}
		rest := slices.Delete(slices.Clone(chunks), i, i+1)
		if whole := x.assemble(append(slices.Clip(got), c...), rest); whole != nil {
			return whole
		}
	}
	return nil
}

// judgeProactor looks for what a closed proactor must not have.
func (l *laws) judgeProactor() {
	p, s := l.p, l.p.Stats()
	if s.InFlight != 0 || s.Queued != 0 || s.Submitted != s.Completed {
		l.errorf("stats at the end: %+v", s)
	}
	if n := p.counters.stale; n != 0 {
		l.errorf("%d events for operations that were over", n)
	}
	if n := p.queuedCount.Load(); n != 0 {
		l.errorf("%d submissions are counted as waiting in line", n)
	}
	if len(p.timers.Entries)+len(p.cancels)+p.listening.size+p.completed.size+p.queue.size+p.inFlight.size != 0 {
		l.errorf("the loop has something left")
	}
	if n := p.inFlight.files; n != 0 {
		l.errorf("%d transfers of files are counted as under way", n)
	}
	for fd := range p.fds.dense {
		if e := &p.fds.dense[fd]; e.first != nil || e.closing != nil || e.held.size != 0 {
			l.errorf("descriptor %d is in use", fd)
		}
	}
	for _, c := range l.free {
		if c.state.Load() != idle || c.callback != nil || c.req.Buf != nil {
			l.errorf("a Completion keeps something of its last use")
		}
	}
	if err := p.Nop(new(Completion), nil); !errors.Is(err, ErrClosed) {
		l.errorf("a closed proactor takes submissions: %v", err)
	}
	if l.heard > l.triggers {
		l.errorf("%d triggers were heard %d times", l.triggers, l.heard)
	}
}

// judgeWorld looks at what the proactor left in the world.
func (l *laws) judgeWorld() {
	for _, v := range l.w.Violations() {
		l.errorf("violation: %s", v)
	}
	if n := l.w.InFlight(); n != 0 {
		l.errorf("%d requests are in flight", n)
	}
	var want []int
	for fd, n := range l.open {
		if n == 1 {
			want = append(want, fd)
		} else if n != 0 {
			l.errorf("descriptor %d was gained %d times more than closed", fd, n)
		}
	}
	slices.Sort(want)
	if got := l.w.Descriptors(); !slices.Equal(got, want) {
		l.errorf("descriptors %v are open, want %v", got, want)
	}
	contents, _ := l.w.ReadFile("/out")
	for _, x := range l.writes {
		if len(x.data) > 0 && (len(contents) < x.at+len(x.data) || !bytes.Equal(contents[x.at:x.at+len(x.data)], x.data)) {
			l.errorf("what was written at %d is not there", x.at)
		}
	}
}
