package simproc

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind is why simulated time does not move.
type Kind uint8

const (
	Moves   Kind = iota // it does, or will
	Mutex               // a mutex is waited for, and nobody runs who could release it
	Outside             // something is waited for that is not of the bubble
	Spin                // a goroutine runs without a pause
)

// mutexWaits are the states of goroutines that wait for a mutex.
var mutexWaits = []string{"sync.Mutex.Lock", "sync.RWMutex.RLock", "sync.RWMutex.Lock"}

// activeStates are those of goroutines that go on without anybody's doing.
var activeStates = []string{
	"running", "runnable", "preempted", "copystack", "waiting", "GC assist wait", "GC assist marking",
	"garbage collection", "GC sweep wait", "wait for GC cycle", "stopping the world", "debug call", "",
}

// HostLabel is the pprof label of goroutines that the program of a host has started.
const HostLabel = "sim host"

// Judge tells from the stacks of all goroutines why the clock of the last bubble stands, and
// which of its goroutines keep it.
func Judge(all []Goroutine) (kind Kind, who []Goroutine) {
	for _, g := range inBubble(all) {
		k := Moves
		switch {
		case g.Idle, strings.HasSuffix(g.State, "(durable)"):
		case slices.Contains(activeStates, g.State):
			k = Spin
		case slices.Contains(mutexWaits, g.State):
			k = Mutex
		default:
			k = Outside
		}
		if k > kind {
			kind, who = k, nil
		}
		if k != Moves && k == kind {
			who = append(who, g)
		}
	}
	return kind, who
}

// ofHost reports whether any of who was started by the program of a host. Only from Go 1.26
// on stacks have labels.
func ofHost(who []Goroutine) bool {
	return slices.ContainsFunc(who, func(g Goroutine) bool { return g.Labels[HostLabel] != "" })
}

// Explain says in words what Judge found, for a report.
func Explain(kind Kind, who, all []Goroutine) string {
	var s strings.Builder
	switch kind {
	case Mutex:
		s.WriteString("simulated time stands still: goroutines wait for a mutex that another holds across simulated time\n")
		explainMutexes(&s, who, inBubble(all))
	case Outside:
		s.WriteString("simulated time stands still: a goroutine waits for something outside of the simulation,\n" +
			"such as a socket or file of the system, a child process, or a channel made outside of the bubble\n")
		explainEach(&s, who, "waits")
	case Spin:
		s.WriteString("simulated time stands still: a goroutine runs without a pause\n")
		explainEach(&s, who, "runs")
	}
	return s.String()
}

// shownMax is how many goroutines a report shows of a kind.
const shownMax = 4

func explainEach(s *strings.Builder, who []Goroutine, verb string) {
	for _, g := range who[:min(len(who), shownMax)] {
		fmt.Fprintf(s, "  goroutine %d%s %s (%s) in\n%s", g.ID, onHost(g), verb, g.State, indentFrames(g))
		if c := g.Creator; c.Func != "" {
			fmt.Fprintf(s, "    started by %s\n      %s:%d\n", c.Func, c.File, c.Line)
		}
	}
	if more := len(who) - shownMax; more > 0 {
		fmt.Fprintf(s, "  and %d more\n", more)
	}
}

func onHost(g Goroutine) string {
	if host := g.Labels[HostLabel]; host != "" {
		return " of host " + host
	}
	return ""
}

// framesMax is how many calls of a goroutine a report shows.
const framesMax = 10

func indentFrames(g Goroutine) string {
	var s strings.Builder
	for _, f := range g.Frames[:min(len(g.Frames), framesMax)] {
		fmt.Fprintf(&s, "    %s\n      %s:%d\n", f.Func, f.File, f.Line)
	}
	return s.String()
}

// explainMutexes groups who by the mutex they wait for, and guesses who holds each.
func explainMutexes(s *strings.Builder, who, all []Goroutine) {
	shown := map[uint64]bool{}
	for _, g := range who {
		l, ok := lockOf(g)
		if !ok || shown[l.address] {
			continue
		}
		shown[l.address] = true
		fmt.Fprintf(s, "  %s, waited for at\n", l.text)
		for _, other := range who {
			if w, ok := lockOf(other); ok && w.address == l.address {
				fmt.Fprintf(s, "    %s:%d by goroutine %d%s, %s\n", w.frame.File, w.frame.Line, other.ID, onHost(other), w.frame.Func)
			}
		}
		holders := guessHolders(l, all)
		if len(holders) == 0 {
			s.WriteString("    held by: no guess, none of the goroutines that wait has locked it in a function that is under way\n")
			continue
		}
		h := holders[0]
		fmt.Fprintf(s, "    held, as a guess from the source, by goroutine %d%s, which locked it at %s:%d and waits (%s) in\n%s",
			h.g.ID, onHost(h.g), h.file, h.line, h.g.State, indentFrames(h.g))
	}
}
