//go:build unix

package lawstest

import (
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/testutil"
)

type write struct {
	at   int
	data []byte
}

// A thing is what a descriptor stands for, and what has happened to it.
type thing struct {
	fd      int
	in, out *lane
	peer    *sim.Peer
	far     *thing // the other end, if it is a descriptor too
	fixed   bool   // never closed

	foreign bool // came while the proactor ran, and not from it

	closed bool // its close was submitted
	reset  bool
	ended  bool // the other side sent the end
	deaf   bool // shut down for reading
	mute   bool // and for writing
}

// A lane is one direction of a stream. What it carries is known by position.
type lane struct {
	id      int
	sent    int // by the source, as far as it was told
	sending bool
	chunks  [][]byte // received by the proactor
	got     []byte   // received by a peer
	sink    *thing
	peer    *sim.Peer // at its sink or source
	toPeer  bool
	broken  bool // bytes may be lost: it was reset, or an end was closed
}

func (l *lane) pattern(at, n int) []byte {
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

// options are what the world is like: half of them are of the quick kind.
func (l *schedule) options() sim.Options {
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
func (l *schedule) backend() backend.Backend {
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
func (l *schedule) furnish() {
	for range 2 {
		l.newConn()
	}
	a, b := l.w.SocketPair()
	l.join(l.newThing(a), l.newThing(b))
	r, w := l.w.Pipe()
	in, out := l.newThing(r), l.newThing(w)
	l.join(in, out)
	l.lanes = slices.DeleteFunc(l.lanes, func(x *lane) bool { return x == in.out })
	in.out, out.in = nil, nil

	fd, address := l.w.Listen(pick(l, 1, 3))
	l.listener, l.address = l.newThing(fd), address
	l.nobody, l.blackhole = l.w.Nobody(), l.w.Blackhole()
	a, b = l.w.DatagramPair()
	l.datagramsA, l.datagramsB = l.newThing(a), l.newThing(b)
	l.w.CreateFile("/file", testutil.FileContents(0, knownSize))
	l.w.CreateFile("/stuck", make([]byte, 100))
	l.file, l.stuck, l.out = l.openFile("/file"), l.openFile("/stuck"), l.openFile("/out")
	for _, t := range []*thing{l.listener, l.datagramsA, l.datagramsB, l.file, l.stuck, l.out} {
		t.fixed = true
	}
	if l.chance.IntN(3) == 0 {
		l.w.Stick("/stuck")
		time.AfterFunc(time.Duration(l.chance.Int64N(int64(time.Second))), func() { l.w.Unstick("/stuck") })
	}
}

// newConn is a connection that the proactor had no part in.
func (l *schedule) newConn() {
	fd, peer := l.w.Conn()
	t := l.newThing(fd)
	t.peer, t.foreign = peer, l.p != nil
	t.in, t.out = l.lane(t, peer), l.lane(nil, peer)
}

func (l *schedule) newThing(fd int) *thing {
	t := &thing{fd: fd}
	l.things = append(l.things, t)
	l.open[fd]++
	return t
}

func (l *schedule) openFile(path string) *thing {
	fd, err := l.w.Open(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		l.Fatal(err)
	}
	return l.newThing(fd)
}

func (l *schedule) lane(sink *thing, peer *sim.Peer) *lane {
	x := &lane{id: len(l.lanes), sink: sink, peer: peer, toPeer: sink == nil}
	l.lanes = append(l.lanes, x)
	return x
}

func (l *schedule) join(a, b *thing) {
	a.far, b.far = b, a
	a.in = l.lane(a, nil)
	b.in = l.lane(b, nil)
	a.out, b.out = b.in, a.in
}

// farEnded reports whether the other side may be no more.
func (t *thing) farEnded() bool { return t.reset || t.far != nil && t.far.closed }

// atEnd reports whether a receive may find the end.
func (t *thing) atEnd() bool {
	return t.farEnded() || t.ended || t.deaf || t.mute || t.far != nil && t.far.mute
}
