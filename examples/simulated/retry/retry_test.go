package retry_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/retry"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	noKey   = "retry without a key"
	newKeys = "a new key for each retry"
	noCheck = "keys not looked up"
	noSync  = "keys not synced"
)

// wires are all that clients and the bank talk.
var wires = []struct {
	name string
	wire retry.Wire
	tls  bool
}{
	{"http1", retry.Wire{Protocol: retry.HTTP1}, false},
	{"https", retry.Wire{Protocol: retry.HTTP1}, true},
	{"http2", retry.Wire{Protocol: retry.HTTP2}, false},
	{"http2-tls", retry.Wire{Protocol: retry.HTTP2}, true},
	{"grpc", retry.Wire{Protocol: retry.GRPC}, false},
	{"grpc-tls", retry.Wire{Protocol: retry.GRPC}, true},
}

// Each seed has four clients with 100 payments each, so 25 seeds have 10,000 for each wire.
const (
	seeds    = 25
	clients  = 4
	payments = 100
)

// Payments are made once each, though connections break, answers get lost and the bank restarts.
func TestPaymentsAreMadeOnce(t *testing.T) {
	for _, each := range wires {
		t.Run(each.name, func(t *testing.T) {
			count := seeds
			if testing.Short() {
				count = 2
			}
			sim.Run(t, sim.Config{Count: count}, func(t *testing.T, w *sim.World) {
				wire := each.wire
				if each.tls {
					overTLS(t, &wire)
				}
				payAll(t, w, wire)
			})
		})
	}
}

// payAll has clients pay at a bank that faults befall, and then looks at what the bank has made.
func payAll(t *testing.T, w *sim.World, wire retry.Wire) {
	var repeated atomic.Int64
	bank := w.Host("bank", retry.Bank{
		Wire: wire, NoCheck: planted.Is(noCheck), NoSync: planted.Is(noSync),
		Repeated: func() { repeated.Add(1) },
	}.Serve)
	w.Unleash(sim.Swarm(sim.Crashes(), sim.Kills(), sim.Pauses(), sim.Resets(), sim.SlowDisks(), sim.SlowLinks(), partitions()))
	a := account{answers: map[string]int{}}
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { a.pay(t, w, wire, fmt.Sprint("c", i)) })
	}
	all.Wait()
	w.Heal()
	w.Sometimes("a client had to ask again", a.attempts > clients*payments)
	w.Sometimes("a payment that was made was asked for again", repeated.Load() > 0)
	bank.Stop()
	entries, err := retry.ReadLedger(w.HostOn(bank.Disk(), "auditor", nil).IO())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.audit(entries); err != nil {
		t.Error(err)
	}
}

// An account is what the clients know.
type account struct {
	mu       sync.Mutex
	answers  map[string]int // to each order
	attempts int
}

// pay is what one client does.
func (a *account) pay(t *testing.T, w *sim.World, wire retry.Wire, name string) {
	c, err := retry.NewClient(w.Host(name, nil).IO(), "bank", wire)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	c.NoKey, c.NewKeys = planted.Is(noKey), planted.Is(newKeys)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	chance := w.Rand(name)
	for i := range payments {
		p := retry.Payment{Order: fmt.Sprintf("%s-%d", name, i), Amount: 1 + chance.IntN(100)}
		balance, attempts, err := c.Pay(ctx, p)
		if err != nil {
			t.Errorf("order %s: %v", p.Order, err)
			return
		}
		a.mu.Lock()
		a.answers[p.Order] = balance
		a.attempts += attempts
		a.mu.Unlock()
		time.Sleep(time.Duration(chance.IntN(500)) * time.Millisecond)
	}
}

// audit compares what the bank has made, in order, with what it has answered, and tells the first
// thing that is wrong.
func (a *account) audit(entries []retry.Entry) error {
	made := map[string]int{}
	for _, e := range entries {
		if made[e.Order]++; made[e.Order] > 1 {
			return fmt.Errorf("order %s was paid twice, with the keys %q", e.Order, keysOf(entries, e.Order))
		}
	}
	lost := 0
	for order := range a.answers {
		if made[order] == 0 {
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("of %d orders that were answered %d were not paid", len(a.answers), lost)
	}
	balance := 0
	for _, e := range entries {
		balance += e.Amount
		if answer, asked := a.answers[e.Order]; !asked || answer != balance {
			return fmt.Errorf("the balance was %d after order %s was paid, and %d was answered", balance, e.Order, answer)
		}
	}
	return nil
}

// keysOf are the keys that an order was paid with.
func keysOf(entries []retry.Entry, order string) (keys []string) {
	for _, e := range entries {
		if e.Order == order {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// partitions are those between the bank and its clients: both directions, or one.
func partitions() sim.Nemesis {
	return sim.Nemesis{Name: "partition", Start: func(w *sim.World, r *rand.Rand, _ []*sim.Host) func() {
		cut := []*sim.Link{
			w.Link("bank", sim.Everyone), w.OneWay("bank", sim.Everyone), w.OneWay(sim.Everyone, "bank"),
		}[r.IntN(3)]
		cut.Cut()
		return cut.Heal
	}}
}

// Each bug is found, with one wire or another, and the report has the faults that lose answers.
func TestBugsAreFound(t *testing.T) {
	told := map[string]string{
		noKey: "was paid twice", newKeys: "was paid twice", noCheck: "was paid twice", noSync: "were not paid",
	}
	for i, bug := range []string{noKey, newKeys, noCheck, noSync} {
		for _, wire := range []string{wires[i].name, wires[len(wires)-1-i].name} {
			t.Run(bug+"/"+wire, func(t *testing.T) {
				planted.Find(t, "TestPaymentsAreMadeOnce/"+wire, bug, told[bug], "needed for it:")
			})
		}
	}
}
