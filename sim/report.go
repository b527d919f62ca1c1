//go:build unix

package sim

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/sim"
)

// How much of a failure a report shows.
const (
	linesMax    = 20 // of the journal
	madeMax     = 3  // of them: connections that were made
	faultsMax   = 20
	messagesMax = 60 // of the test's output
)

// String is the report.
func (f *failure) String() string {
	var s strings.Builder
	o := f.outcome
	fmt.Fprintf(&s, "seed %d failed after %v of simulated time\n", o.Task.Seed, o.Now.Round(time.Microsecond))
	f.say(&s)
	f.sayFaults(&s)
	s.WriteString(endOf(o.Journal))
	if f.replays > 0 {
		fmt.Fprintf(&s, "it fails %d of %d times, with the same journal %d of %d\n", f.failed, f.replays, f.same, f.replays)
	}
	if f.leastLatency != "" {
		s.WriteString(f.leastLatency + "\n")
	}
	fmt.Fprintf(&s, "again: %s\n", f.command)
	if f.kept != "" {
		fmt.Fprintf(&s, "kept in %s\n", f.kept)
	}
	for _, remark := range f.remarks {
		s.WriteString(remark + "\n")
	}
	return s.String()
}

// say tells what failed.
func (f *failure) say(s *strings.Builder) {
	o := f.outcome
	lines := messages(o.Output)
	switch {
	case o.Stall != "":
		s.WriteString(indent(o.Stall))
		return
	case o.Report != nil && o.Report.GaveUp != "":
		s.WriteString(indent(o.Report.GaveUp))
	case o.Report == nil && o.Err == nil:
		fmt.Fprintf(s, "    the child process has not come to this call of Run: does -test.run='%s' find the test, and does it come to Run each time?\n", pattern(o.Task.Test))
	case o.Report == nil && len(lines) == 0:
		fmt.Fprintf(s, "    the process has ended: %v\n", o.Err)
	}
	for i, line := range lines {
		if i == messagesMax {
			fmt.Fprintf(s, "    and %d lines more\n", len(lines)-i)
			break
		}
		s.WriteString("    " + line + "\n")
	}
}

// sayFaults tells which faults are needed.
func (f *failure) sayFaults(s *strings.Builder) {
	needed := f.outcome.Task.Keep
	switch {
	case !f.reduced && f.faults > 0:
		fmt.Fprintf(s, "%d faults happened before\n", f.faults)
		return
	case f.faults == 0:
		s.WriteString("no faults happened before\n")
		return
	case len(needed) == 0:
		fmt.Fprintf(s, "none of %d faults is needed for it\n", f.faults)
		return
	case len(needed) == 1 && f.faults == 1:
		s.WriteString("the one fault is needed for it:\n")
	case len(needed) == f.faults:
		fmt.Fprintf(s, "%d faults are needed for it:\n", f.faults)
	case len(needed) == 1:
		fmt.Fprintf(s, "of %d faults 1 is needed for it:\n", f.faults)
	default:
		fmt.Fprintf(s, "of %d faults %d are needed for it:\n", f.faults, len(needed))
	}
	for i, id := range needed {
		if i == faultsMax {
			fmt.Fprintf(s, "        and %d more\n", len(needed)-i)
			break
		}
		if line := f.lineOf(id); line != "" {
			s.WriteString(line + "\n")
		} else {
			fmt.Fprintf(s, "             fault %v\n", sim.FaultID(id))
		}
	}
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
}

// leftBehind is how a bubble panics whose goroutines do not end.
const leftBehind = "deadlock: main bubble goroutine has exited"

// messages are the lines of a child's output that say something: what the test has told, and
// of a panic the text and the goroutine.
func messages(output string) (lines []string) {
	goroutines := 0
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "goroutine ") {
			if goroutines++; goroutines > 1 {
				break
			}
		}
		if strings.HasPrefix(strings.TrimSpace(line), "panic: "+leftBehind) && len(lines) > 0 {
			break // of what the lines before tell
		}
		if !isFrame(line) {
			lines = append(lines, strings.TrimPrefix(line, "    "))
		}
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// isFrame reports whether a line is one that package testing puts around each test.
func isFrame(line string) bool {
	trimmed := strings.TrimSpace(line)
	for _, prefix := range []string{"--- FAIL", "--- SKIP", "=== ", "FAIL", "PASS", "exit status", "ok  "} {
		if strings.HasPrefix(trimmed, prefix) {
			return true
		}
	}
	return false
}

// command is what runs a seed again.
func command(test string, seed uint64) string {
	c := fmt.Sprintf("%s=%d go test -run '%s'", seedVariable, seed, pattern(test))
	if info, ok := debug.ReadBuildInfo(); ok {
		if path, ok := strings.CutSuffix(info.Path, ".test"); ok {
			c += " " + path
		}
	}
	return c
}
