package proactor

import "testing"

func TestRecallIsOnce(t *testing.T) {
	r := newRecall()
	defer r.end()
	if r.wait() {
		t.Error("it waited for nothing")
	}
	r.arrange()
	r.arrange()
	if !r.wait() || r.wait() {
		t.Error("asked for twice, it is one time")
	}
	(*recall)(nil).arrange()
	if (*recall)(nil).wait() {
		t.Error("none waited")
	}
}

// TestRecallEndsUnanswered is a loop that ends between the two, as by a panic.
func TestRecallEndsUnanswered(t *testing.T) {
	r := newRecall()
	r.arrange()
	r.end() // goleak sees whether the goroutine ended
}
