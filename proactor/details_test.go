package proactor

import "testing"

// TestDetailsAreOnes looks at a Completion that is a copy of another.
func TestDetailsAreOnes(t *testing.T) {
	var c, copied Completion
	d := c.detail()
	copied.details = c.details // as an assignment has it
	if copied.detail() == d {
		t.Error("two Completions have the same details")
	}
	if c.detail() != d {
		t.Error("they are made anew each time")
	}
}
