package simproc

import (
	"fmt"
	"slices"
	"strings"
)

// ExplainLeft says in words what the goroutines of the last bubble wait for that no host has started and
// that are not the caller; "" if there are none. Where mutexes are waited for it tells who holds them.
func ExplainLeft(all []Goroutine) string {
	left := slices.DeleteFunc(inBubble(all), func(g Goroutine) bool {
		return g.Labels[HostLabel] != "" || slices.Contains(activeStates, g.State) || isRunner(g)
	})
	if left == nil {
		return ""
	}
	var s strings.Builder
	explainEach(&s, left, "waits")
	s.WriteString(ExplainLocks(all))
	return s.String()
}

// ExplainTest says in words what the goroutine of the test does in the last bubble, and those that it
// has started and may wait for.
func ExplainTest(all []Goroutine) string {
	var s strings.Builder
	var others []Goroutine
	for _, g := range inBubble(all) {
		switch {
		case isRunner(g):
		case isTest(g):
			fmt.Fprintf(&s, "  the test waits (%s) in\n%s", g.State, indentFrames(g))
		case g.Labels[HostLabel] == "" && !slices.Contains(activeStates, g.State) && !isOurs(g):
			others = append(others, g)
		}
	}
	explainEach(&s, others, "waits")
	s.WriteString(ExplainLocks(all))
	return s.String()
}

// ExplainLocks says in words who waits for mutexes in the last bubble, and who holds them; "" if nobody
// waits for one.
func ExplainLocks(all []Goroutine) string {
	var s strings.Builder
	in := inBubble(all)
	explainMutexes(&s, slices.DeleteFunc(slices.Clone(in), func(g Goroutine) bool { return !slices.Contains(mutexWaits, g.State) }), in)
	return s.String()
}

// isRunner reports whether g is one of the two goroutines with which package synctest runs a bubble.
func isRunner(g Goroutine) bool {
	return g.State == "synctest.Run" || g.Creator.Func == "testing/synctest.Test"
}

// isTest reports whether g is the goroutine of a test.
func isTest(g Goroutine) bool {
	return slices.ContainsFunc(g.Frames, func(f Frame) bool { return f.Func == "testing.tRunner" })
}

// ourPackages are those whose goroutines run the simulation.
var ourPackages = []string{"sim.", "await.", "proactor.", "internal/"}

// isOurs reports whether g was started by the simulation itself.
func isOurs(g Goroutine) bool {
	rest, ours := strings.CutPrefix(g.Creator.Func, "github.com/awaitio/awaitio/")
	return ours && slices.ContainsFunc(ourPackages, func(p string) bool { return strings.HasPrefix(rest, p) })
}
