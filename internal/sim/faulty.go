//go:build unix

package sim

import (
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A Faulty is a backend with faults.
type Faulty struct {
	dice  dice
	inner backend.Backend

	live    map[backend.Token]*hit // requests taken whose events were not handed out
	local   []backend.Event        // can be reaped
	held    []heldEvent            // will be, in time
	cancels []heldCancel
	answers []backend.Event // to cancels, for the next Submit
	refused bool            // there was no room by chance: the next Wait must not block

	batch  []*backend.Request
	reaped []backend.Event
	closed bool
}

// A hit is a request and what befalls it.
type hit struct {
	op      backend.Op
	inside  bool          // the inner backend has it
	late    *Fault        // its event will be
	replace syscall.Errno // its success becomes this
}

type heldEvent struct {
	event backend.Event
	until time.Time
}

type heldCancel struct {
	target backend.Token
	until  time.Time
}

var _ backend.Backend = (*Faulty)(nil)

const faultySource = 1 << 63 // apart from a World's sources of the same seed

// Inject gives b the faults of plan. The seed decides where they hit. What b is
// asked and answers otherwise stays the same, and so does the contract, unless
// plan breaks it.
func Inject(b backend.Backend, seed uint64, plan Plan) *Faulty {
	f := &Faulty{inner: b, live: map[backend.Token]*hit{}, reaped: make([]backend.Event, 64)}
	f.dice.plan, f.dice.rand = plan, rand.New(rand.NewPCG(seed, faultySource))
	return f
}

// Count is how many faults of a kind there were. It may be called from any
// goroutine.
func (f *Faulty) Count(k Kind) uint64 { return f.dice.counts[k].Load() }

// Name is the inner backend's, and says what it is.
func (f *Faulty) Name() string { return "faulty " + f.inner.Name() }

// Features are the inner backend's.
func (f *Faulty) Features() backend.Features { return f.inner.Features() }

// Counters are the inner backend's.
func (f *Faulty) Counters() backend.Counters { return f.inner.Counters() }

// Wake wakes the inner backend.
func (f *Faulty) Wake() { f.inner.Wake() }

// Submit takes what the faults leave of the batch.
func (f *Faulty) Submit(batch []*backend.Request) (taken int, err error) {
	f.local = append(f.local, f.answers...)
	f.answers = f.answers[:0]
	if err := f.cancelDue(); err != nil {
		return 0, err
	}
	offered := f.room(batch)
	hits := make([]*hit, len(offered))
	f.batch = f.batch[:0]
	for i, r := range offered {
		hits[i], r = f.roll(r)
		if hits[i].inside {
			f.batch = append(f.batch, r)
		}
	}
	accepted, err := f.inner.Submit(f.batch)
	for ; taken < len(offered); taken++ {
		h := hits[taken]
		if h.inside && accepted == 0 {
			break // and the inner backend told why, or is full
		}
		f.take(offered[taken], h)
		if h.inside {
			accepted--
		}
	}
	return taken, err
}

// room is the part of batch that the queue has room for.
func (f *Faulty) room(batch []*backend.Request) []*backend.Request {
	n := len(batch)
	if n > 0 && f.dice.call(FullQueue) != nil {
		n = f.dice.rand.IntN(n)
		if n == 0 && len(f.live) == 0 {
			n = 1
		}
	}
	if n < len(batch) {
		f.dice.count(FullQueue)
		f.refused = true
	}
	return batch[:n]
}

// roll decides what befalls r, and returns what the inner backend is to be given.
func (f *Faulty) roll(r *backend.Request) (*hit, *backend.Request) {
	fault, late := f.dice.request(r)
	h := &hit{op: r.Op, inside: true, late: late}
	switch {
	case fault == nil:
	case fault.Kind == Errno:
		h.replace = fault.Errno
		h.inside = r.Op == backend.OpClose
	case fault.Kind == Short:
		f.dice.count(Short)
		return h, f.part(r)
	}
	return h, r
}

// part is r with a part of its buffers: at least a byte, and not all.
func (f *Faulty) part(r *backend.Request) *backend.Request {
	part := *r
	n := 1 + f.dice.rand.IntN((&flight{req: r}).capacity()-1)
	if r.Msg == nil {
		part.Buf = r.Buf[:n]
		return &part
	}
	part.Msg = new(backend.Message)
	for _, b := range r.Msg.Buffers {
		b = b[:min(n, len(b))]
		n -= len(b)
		part.Msg.Buffers = append(part.Msg.Buffers, b)
	}
	return &part
}

// take notes that r is taken.
func (f *Faulty) take(r *backend.Request, h *hit) {
	f.live[r.Token] = h
	if !h.inside {
		f.dice.count(Errno)
		f.land(backend.Event{Token: r.Token, Result: -int(h.replace)}, h)
	}
}

// land has an event ready, now or in time.
func (f *Faulty) land(e backend.Event, h *hit) {
	h.inside = false
	if h.late == nil {
		f.local = append(f.local, e)
		return
	}
	f.dice.count(Late)
	f.held = append(f.held, heldEvent{e, time.Now().Add(h.late.Delay.draw(f.dice.rand))})
}

// Reap hands out events.
func (f *Faulty) Reap(events []backend.Event) int {
	f.collect()
	if len(f.local) > 1 && f.dice.call(Reorder) != nil {
		f.dice.count(Reorder)
		f.dice.rand.Shuffle(len(f.local), func(i, j int) { f.local[i], f.local[j] = f.local[j], f.local[i] })
	}
	n := copy(events, f.local)
	for _, e := range f.local[:n] {
		delete(f.live, e.Token)
	}
	f.local = append(f.local[:0], f.local[n:]...)
	return n
}

// collect reaps the inner backend, and what was held back for long enough.
func (f *Faulty) collect() {
	for n := len(f.reaped); n == len(f.reaped); {
		n = f.inner.Reap(f.reaped)
		for _, e := range f.reaped[:n] {
			f.arrive(e)
		}
	}
	now := time.Now()
	rest := f.held[:0]
	for _, h := range f.held {
		if h.until.After(now) {
			rest = append(rest, h)
		} else {
			f.local = append(f.local, h.event)
		}
	}
	f.held = rest
}

// arrive takes in an event of the inner backend.
func (f *Faulty) arrive(e backend.Event) {
	h := f.live[e.Token]
	if h == nil { // the answer to a cancel
		f.local = append(f.local, e)
		return
	}
	if h.replace != 0 && e.Result >= 0 {
		f.dice.count(Errno)
		e.Result = -int(h.replace)
	}
	f.land(e, h)
}
