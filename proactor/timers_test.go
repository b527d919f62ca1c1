package proactor

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A timerModel is a timerHeap in the plainest form.
type timerModel map[*Completion]int64

func (m timerModel) first() (when int64, ok bool) {
	for _, w := range m {
		if !ok || w < when {
			when, ok = w, true
		}
	}
	return when, ok
}

// checkTimers fails t if h and m differ or h is no heap.
func checkTimers(t *testing.T, h *timerHeap, m timerModel) {
	t.Helper()
	if len(h.Entries) != len(m) {
		t.Fatalf("%d timers, want %d", len(h.Entries), len(m))
	}
	for i, timer := range h.Entries {
		if want, ok := m[timer.Of]; !ok || timer.When != want {
			t.Fatalf("timer at %d is for %d, want %d", i, timer.When, want)
		}
		if timer.Of.timerSlot != i+1 {
			t.Fatalf("the Completion at %d believes to be at %d", i, timer.Of.timerSlot-1)
		}
		if i > 0 && h.Entries[(i-1)/alarm.HeapArity].When > timer.When {
			t.Fatalf("the timer at %d is earlier than its parent", i)
		}
	}
	if want, ok := m.first(); ok && h.Entries[0].When != want {
		t.Fatalf("first is %d, want %d", h.Entries[0].When, want)
	}
}

// playTimers carries out the steps that script describes, two bytes each.
func playTimers(t *testing.T, script []byte) {
	t.Helper()
	h := newTimerHeap()
	model := timerModel{}
	cs := make([]Completion, 32)
	for ; len(script) >= 2; script = script[2:] {
		c, when := &cs[script[0]%32], int64(script[1])
		switch script[0] / 32 {
		case 0, 1:
			h.clear(c)
			delete(model, c)
		case 2:
			for {
				got := h.expired(when)
				if got == nil {
					break
				}
				first, _ := model.first()
				if model[got] != first || first > when || got.timerSlot != 0 {
					t.Fatalf("expired at %d: got the timer for %d, the first is for %d", when, model[got], first)
				}
				delete(model, got)
			}
		default:
			h.set(c, when)
			model[c] = when
		}
		checkTimers(t, &h, model)
	}
}

func TestTimerHeapAgainstAModel(t *testing.T) { testutil.PlayScripts(t, 20, 2000, playTimers) }

func FuzzTimerHeap(f *testing.F) {
	f.Add([]byte{0x60, 5, 0x61, 3, 0x40, 4})
	f.Add([]byte{0xe0, 9, 0xe0, 1, 0x00, 0})
	f.Fuzz(playTimers)
}

func TestTimerHeapExpiresInOrder(t *testing.T) {
	h := newTimerHeap()
	cs := make([]Completion, 1000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range cs {
		h.set(&cs[i], r.Int64N(500))
	}
	last, n := int64(math.MinInt64), 0
	for c := h.expired(math.MaxInt64); c != nil; c = h.expired(math.MaxInt64) {
		if c.when < last {
			t.Fatalf("%d after %d", c.when, last)
		}
		last = c.when
		n++
	}
	if n != len(cs) {
		t.Errorf("%d of %d expired", n, len(cs))
	}
	for i, slot := range h.Entries[:cap(h.Entries)] {
		if slot.Of != nil {
			t.Fatalf("slot %d keeps a Completion alive", i)
		}
	}
}

func TestTimerHeapDoesNotExpireEarly(t *testing.T) {
	h := newTimerHeap()
	var c Completion
	h.set(&c, 10)
	if h.expired(9) != nil {
		t.Error("expired at 9")
	}
	if h.expired(10) != &c {
		t.Error("not expired at 10")
	}
}

func TestClockDoesNotOverflow(t *testing.T) {
	p := &Proactor{epoch: time.Now()}
	if got := p.after(math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("the end of time is at %d", got)
	}
	if got := p.after(0); got <= 0 {
		t.Errorf("now is %d, want more than 0, which is no timer", got)
	}
	if got := p.at(p.epoch); got == 0 {
		t.Error("an instant is 0, which is no timer")
	}
	if got := p.at(time.Unix(0, 0)); got >= 0 {
		t.Errorf("1970 is at %d, want the past", got)
	}
	if got := p.at(time.Unix(1<<40, 0)); got != math.MaxInt64 {
		t.Errorf("the far future is at %d, want its limit", got)
	}
}
