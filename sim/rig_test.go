//go:build unix

package sim_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/sim"
)

// lossy is a nemesis of links that lose half of all packets.
func lossy() sim.Nemesis {
	return sim.Nemesis{
		Name:  "loss",
		Every: sim.Dist{Min: time.Second, Max: 3 * time.Second},
		Start: func(w *sim.World, _ *rand.Rand, victims []*sim.Host) func() {
			for _, h := range victims {
				w.Link(h.Name(), sim.Everyone).Set(sim.LinkConfig{Loss: 0.5})
			}
			return func() {
				for _, h := range victims {
					w.Link(h.Name(), sim.Everyone).Set(sim.LinkConfig{})
				}
			}
		},
	}
}

// runTest runs a test that is part of the example that calls it.
func runTest(name string, test func(*testing.T)) {
	caller, _, _, _ := runtime.Caller(1)
	example := runtime.FuncForPC(caller).Name()
	defer sim.UsePattern("^" + example[strings.LastIndexByte(example, '.')+1:] + "$")()
	verbose := flag.Lookup("test.v").Value
	defer verbose.Set(verbose.String())
	if err := verbose.Set("false"); err != nil { // what it has to tell is not the example's output
		panic(err)
	}
	every := func(string, string) (bool, error) { return true, nil }
	if testing.RunTests(every, []testing.InternalTest{{Name: name, F: test}}) {
		fmt.Println("PASS")
	}
}
