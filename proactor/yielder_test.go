package proactor

import "testing"

func TestYielderWaitsOnce(t *testing.T) {
	r := newYielder()
	defer r.end()
	if r.asked {
		t.Error("it is asked for nothing")
	}
	r.arrange()
	r.arrange()
	if !r.asked {
		t.Error("it was not asked")
	}
	r.wait()
	if r.asked || len(r.ask) > 0 || len(r.answer) > 0 {
		t.Error("asked for twice, it is one time")
	}
	(*yielder)(nil).arrange()
}

// TestYielderEndsUnanswered is a loop that ends between the two, as by a panic.
func TestYielderEndsUnanswered(t *testing.T) {
	r := newYielder()
	r.arrange()
	r.end() // goleak sees whether the goroutine ended
}
