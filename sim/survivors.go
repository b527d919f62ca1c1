//go:build unix

package sim

import (
	"fmt"
	"strings"

	"github.com/awaitio/awaitio/internal/simproc"
)

// lookForSurvivors fails the run if goroutines of a boot that has ended are there; of any
// boot if b is nil. It reports whether there are.
func (w *World) lookForSurvivors(b *boot) bool {
	if b != nil && w.hasEnded() {
		return false // it is looked for all
	}
	var words []string
	for _, s := range simproc.Labelled(bootLabel) {
		if b == nil || s.Value == b.label {
			words = append(words, describe(s))
		}
	}
	if words == nil {
		return false
	}
	w.errorf("goroutines have outlived their host by an hour:\n%s%s", strings.Join(words, ""),
		simproc.ExplainLocks(simproc.ParseStacks(simproc.Stacks())))
	return true
}

// lookForLeftovers fails the run if goroutines that the test has started are there an hour after it: a
// bubble ends in a deadlock then, of which Go names the test alone. A World that New made says it in the
// test's log: functions of t.Cleanup that run after it may end them.
func (w *World) lookForLeftovers() {
	left := simproc.ExplainLeft(simproc.ParseStacks(simproc.Stacks()))
	if left == "" || w.tb == nil {
		return
	}
	tell := w.errorf
	if w.guest {
		tell = w.tb.Logf
	}
	tell("an hour after the end of the test there are goroutines that no host has started:\n%s", left)
}

func describe(s simproc.Group) string {
	host, number, _ := strings.Cut(s.Value, "#")
	return fmt.Sprintf("  %d of host %s, boot %s, in\n%s", s.Count, host, number, s.Stack)
}
