package retry_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/retry"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const noKey = "retry without a key"

// Payments are made once each, though connections break, answers get lost and the server restarts.
func TestPaymentsAreMadeOnce(t *testing.T) {
	sim.Run(t, sim.Config{Count: 20}, func(t *testing.T, w *sim.World) {
		w.Host("bank", retry.Serve)
		c := retry.NewClient(w.Host("client", nil).IO(), "bank")
		c.NoKey = planted.Is(noKey)
		defer c.Close()
		w.Unleash(sim.Swarm(sim.Crashes(), sim.Kills(), sim.Pauses(), sim.SlowDisks(), sim.SlowLinks(), partitions()))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		chance, want := w.Rand("amounts"), 0
		for i := range 20 {
			amount := 1 + chance.IntN(100)
			want += amount
			if got, err := c.Pay(ctx, fmt.Sprint("payment ", i), amount); err != nil || got != want {
				t.Fatalf("the balance is %d after payment %d, and should be %d: %v", got, i, want, err)
			}
			time.Sleep(time.Duration(chance.IntN(1000)) * time.Millisecond)
		}
		w.Heal()
		if got, err := c.Balance(ctx); err != nil || got != want {
			t.Errorf("the balance is %d in the end, and should be %d: %v", got, want, err)
		}
	})
}

// partitions are those between the bank and the client: both directions, or one.
func partitions() sim.Nemesis {
	return sim.Nemesis{Name: "partition", Start: func(w *sim.World, r *rand.Rand, _ []*sim.Host) func() {
		cut := []*sim.Link{w.Link("bank", "client"), w.OneWay("bank", "client"), w.OneWay("client", "bank")}[r.IntN(3)]
		cut.Cut()
		return cut.Heal
	}}
}

func TestBugsAreFound(t *testing.T) {
	planted.Find(t, "TestPaymentsAreMadeOnce", noKey, "and should be", "needed")
}
