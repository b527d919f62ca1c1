package proactor

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
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
	if len(h.entries) != len(m) {
		t.Fatalf("%d timers, want %d", len(h.entries), len(m))
	}
	for i, timer := range h.entries {
		if want, ok := m[timer.of]; !ok || timer.when != want {
			t.Fatalf("timer at %d is for %d, want %d", i, timer.when, want)
		}
		if timer.of.timerSlot != i+1 {
			t.Fatalf("the Completion at %d believes to be at %d", i, timer.of.timerSlot-1)
		}
		if i > 0 && h.entries[(i-1)/heapArity].when > timer.when {
			t.Fatalf("the timer at %d is earlier than its parent", i)
		}
	}
	got, ok := h.first()
	want, wantOK := m.first()
	if got != want || ok != wantOK {
		t.Fatalf("first is %d, %v, want %d, %v", got, ok, want, wantOK)
	}
}

// playTimers carries out the steps that script describes, two bytes each.
func playTimers(t *testing.T, script []byte) {
	t.Helper()
	var h timerHeap
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

// playScripts plays random scripts of a length.
func playScripts(t *testing.T, seeds uint64, length int, play func(t *testing.T, script []byte)) {
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 0))
		script := make([]byte, length)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		t.Logf("seed %d", seed)
		play(t, script)
	}
}

func TestTimerHeapAgainstAModel(t *testing.T) { playScripts(t, 20, 2000, playTimers) }

func FuzzTimerHeap(f *testing.F) {
	f.Add([]byte{0x60, 5, 0x61, 3, 0x40, 4})
	f.Add([]byte{0xe0, 9, 0xe0, 1, 0x00, 0})
	f.Fuzz(playTimers)
}

func TestTimerHeapExpiresInOrder(t *testing.T) {
	var h timerHeap
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
	for i, slot := range h.entries[:cap(h.entries)] {
		if slot.of != nil {
			t.Fatalf("slot %d keeps a Completion alive", i)
		}
	}
}

func TestTimerHeapDoesNotExpireEarly(t *testing.T) {
	var h timerHeap
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
