//go:build unix

package sim_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// What the numbers of a nemesis may be: each has a meaning, and none ends the run.
func TestNemesesAtTheirEdges(t *testing.T) {
	sim.Run(t, sim.Config{Count: 3}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", func(ctx context.Context, _ *await.IO) error { <-ctx.Done(); return nil })
		skew := sim.Skew(-time.Hour)
		skew.Name, skew.For = "negative skew", sim.Fixed(time.Second)
		largest := sim.Skew(1<<63 - 1)
		largest.Name = "largest skew"
		w.Unleash(skew, largest, sim.Corruption(-1), sim.Budget(0, sim.Crashes()), sim.Budget(-1, sim.Kills()), sim.Budget(1), sim.Swarm(),
			sim.Nemesis{Name: "without an end", Start: func(*sim.World, *rand.Rand, []*sim.Host) func() { return nil }})
		right := time.Now()
		wrong := false
		for range 100 {
			time.Sleep(time.Second)
			off := time.Until(h.Clock().Now())
			wrong = wrong || off.Abs() > time.Second
		}
		if time.Since(right) != 100*time.Second {
			t.Errorf("100 s took %v", time.Since(right))
		}
		if !wrong {
			t.Error("no clock was wrong")
		}
		if h.Boots() != 1 {
			t.Errorf("budgets of nobody let a host be crashed or killed: %d boots", h.Boots())
		}
	})
}
