//go:build unix

package sim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// endOf is the end of a journal as a report shows it. Of the connections that were made it has
// the last few alone: they would hide what went wrong. Those that failed or broke are all there.
func endOf(journal []string) string {
	var lines []string
	made := 0
	for _, line := range slices.Backward(journal) {
		if len(lines) == linesMax {
			break
		}
		if isMade.MatchString(line) {
			if made++; made > madeMax {
				continue
			}
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	head := "the journal ends:\n"
	if left := made - madeMax; left > 0 {
		head = fmt.Sprintf("the journal ends (connections made earlier: %d):\n", left)
	}
	return head + strings.Join(append(lines, ""), "\n")
}

// isMade matches the line of a connection that was made, which package internal/sim writes.
var isMade = regexp.MustCompile(`^ *[0-9.]+ \S+ connection [^ ]+ > [^ ]+ [^ ]+ is there$`)
