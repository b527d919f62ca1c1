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
	w.errorf("goroutines have outlived their host by an hour:\n%s", strings.Join(words, ""))
	return true
}

func describe(s simproc.Group) string {
	host, number, _ := strings.Cut(s.Value, "#")
	return fmt.Sprintf("  %d of host %s, boot %s, in\n%s", s.Count, host, number, s.Stack)
}
