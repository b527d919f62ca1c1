package sim

import (
	"slices"
	"sync"
)

// A History records the calls that clients made on a service, for a checker of their results,
// such as porcupine. The zero History is empty and ready to use. Several goroutines may call its
// methods at once.
type History[I, O any] struct {
	mu    sync.Mutex
	clock int64
	calls []Call[I, O]
}

// A Call is one call of a History. Begin and End number the beginnings and ends of all calls, and
// no two are equal. If one call ended before another began, its number is lower.
type Call[I, O any] struct {
	Client int
	In     I
	Out    O
	Err    error // of the call. It may have happened all the same
	Begin  int64
	End    int64 // -1 if Err is not nil, or the call has not returned: it may happen at any time after Begin
}

// Do makes a call for a client, records it, and returns its result. A client makes one call at a
// time.
func (h *History[I, O]) Do(client int, in I, call func(I) (O, error)) (O, error) {
	at := h.begin(client, in)
	out, err := call(in)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock++
	c := &h.calls[at]
	c.Out, c.Err = out, err
	if err == nil {
		c.End = h.clock
	}
	return out, err
}

func (h *History[I, O]) begin(client int, in I) (at int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock++
	h.calls = append(h.calls, Call[I, O]{Client: client, In: in, Begin: h.clock, End: -1})
	return len(h.calls) - 1
}

// Calls returns all calls so far, in the order they began.
func (h *History[I, O]) Calls() []Call[I, O] {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}
