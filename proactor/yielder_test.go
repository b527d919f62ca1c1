package proactor

import "testing"

func TestYielderWaitsOnce(t *testing.T) {
	r := newYielder()
	defer r.end()
	if r.wait() {
		t.Error("it waited for nothing")
	}
	r.arrange()
	r.arrange()
	if !r.wait() || r.wait() {
		t.Error("asked for twice, it is one time")
	}
	(*yielder)(nil).arrange()
	if (*yielder)(nil).wait() {
		t.Error("none waited")
	}
}

// TestYielderEndsUnanswered is a loop that ends between the two, as by a panic.
func TestYielderEndsUnanswered(t *testing.T) {
	r := newYielder()
	r.arrange()
	r.end() // goleak sees whether the goroutine ended
}
