package proactor

import "testing"

// Two goroutines that ask at once may be answered in one order and go on in the other: what a third one
// gets must not fall.
func TestKindsKeepsTheLastAnswer(t *testing.T) {
	w := new(watch)
	for _, step := range []struct{ answer, begun, want uint64 }{{2, 20, 20}, {1, 10, 20}, {0, 0, 20}, {3, 30, 30}} {
		got := w.keepKinds([]KindStats{{Op: "nop", Begun: step.begun}}, step.answer)
		if len(got) != 1 || got[0].Begun != step.want {
			t.Errorf("after answer %d: %+v, want %d", step.answer, got, step.want)
		}
	}
}
