//go:build unix

package sim_test

import (
	"fmt"
	"math"
	"strings"

	"github.com/awaitio/awaitio/sim"
	"github.com/awaitio/awaitio/sim/internal/kv"
)

type registerCall = sim.Call[kv.Request, string]

// checkRegister tells why calls are not those of one register: there is no order of them
// that keeps to what ended before what began (Wing and Gong 1993). It is "" if there is one.
func checkRegister(calls []registerCall) string {
	var needed []registerCall
	for _, c := range calls {
		if c.End < 0 && !c.In.Write {
			continue // a read that has told nothing
		}
		if c.End < 0 {
			c.End = math.MaxInt64
		}
		needed = append(needed, c)
	}
	s := search{calls: needed, dead: map[state]bool{}}
	if s.find(state{}, "") {
		return ""
	}
	var text strings.Builder
	text.WriteString("not linearizable:\n")
	for _, c := range needed {
		text.WriteString(fmt.Sprintf("  client %d, from %d to %d: %+v is %q\n", c.Client, c.Begin, c.End, c.In, c.Out))
	}
	return text.String()
}

// A search looks for such an order. It holds up to 64 calls.
type search struct {
	calls []registerCall
	dead  map[state]bool
}

// A state is which calls have happened, and the last write among them.
type state struct {
	done uint64
	last int
}

func (s *search) find(at state, value string) bool {
	if s.dead[at] {
		return false
	}
	first, open := int64(math.MaxInt64), false
	for i, c := range s.calls {
		if at.done&(1<<i) == 0 {
			first = min(first, c.End)
			open = open || c.End != math.MaxInt64
		}
	}
	if !open {
		return true // what is left may never happen
	}
	for i, c := range s.calls {
		if at.done&(1<<i) != 0 || c.Begin > first {
			continue
		}
		next, v := state{at.done | 1<<i, at.last}, value
		switch {
		case c.In.Write:
			next.last, v = i+1, c.In.Value
		case c.Out != value:
			continue
		}
		if s.find(next, v) {
			return true
		}
	}
	s.dead[at] = true
	return false
}
