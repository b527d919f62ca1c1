//go:build unix

package sim_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
	"github.com/awaitio/awaitio/sim/internal/kv"
	"github.com/awaitio/awaitio/sim/internal/shop"
	"github.com/awaitio/awaitio/sim/internal/wal"
)

// A client that sends an order until it is taken, and never has it counted twice: the network
// fails for 20 seconds at a time.
func ExampleRun() {
	TestOrders := func(t *testing.T) {
		sim.Run(t, sim.Config{Count: 20}, func(t *testing.T, w *sim.World) {
			s := new(shop.Shop)
			w.Host("shop", s.Serve) // func (s *Shop) Serve(ctx context.Context, io *await.IO) error
			c := shop.NewClient(w.Host("client", nil).IO(), "shop")
			defer c.Close()

			answers := w.OneWay("shop", "client") // orders arrive, answers do not
			time.AfterFunc(time.Second, answers.Cut)
			time.AfterFunc(21*time.Second, answers.Heal)

			for i := range 10 {
				if err := c.Order(t.Context(), "tea", fmt.Sprint("order ", i)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			if n := s.Orders("tea"); n != 10 {
				t.Errorf("the shop counts %d orders, and 10 were made", n)
			}
		})
	}
	runTest("TestOrders", TestOrders)
	// Output: PASS
}

// A write-ahead log that has what it acknowledged, wherever the power fails.
func ExampleCrashPoints() {
	TestLog := func(t *testing.T) {
		log := wal.Log{Path: "/log"}
		entries := []string{"one", "two", "three"}
		acked := 0
		work := func(ctx context.Context, io *await.IO) error {
			return log.Append(io, entries, func() { acked++ })
		}
		check := func(ctx context.Context, io *await.IO) error { // on each disk that a crash could leave
			got, err := log.Read(io)
			if err != nil {
				return err
			}
			if len(got) < acked || !slices.Equal(got, entries[:len(got)]) {
				return fmt.Errorf("the log has %q, and %d entries are safe", got, acked)
			}
			return nil
		}
		sim.CrashPoints(t, sim.DiskConfig{Model: sim.Ext4}, work, check)
	}
	runTest("TestLog", TestLog)
	// Output: PASS
}

// The calls of three clients on a register of three replicas, while one replica at a time has
// an accident. checkRegister stands for a checker such as porcupine.
func ExampleHistory() {
	TestRegister := func(t *testing.T) {
		sim.Run(t, sim.Config{Count: 10}, func(t *testing.T, w *sim.World) {
			replicas := []string{"r1", "r2", "r3"}
			for _, name := range replicas {
				w.Host(name, kv.Replica{}.Serve) // called anew after each crash
			}
			w.Unleash(sim.Budget(1, sim.Swarm(sim.Partitions(), sim.Crashes(), sim.Kills(), sim.Pauses())))

			h := new(sim.History[kv.Request, string])
			var clients sync.WaitGroup
			for i := range 3 {
				name := fmt.Sprint("c", i)
				c, load := kv.NewClient(w.Host(name, nil).IO(), name, replicas), w.Rand(name)
				clients.Go(func() {
					for n := range 10 {
						r := kv.Request{Write: load.IntN(2) == 0, Value: fmt.Sprint(name, ".", n)}
						h.Do(i, r, c.Call)
						time.Sleep(time.Second)
					}
				})
			}
			clients.Wait()
			w.Heal()
			if why := checkRegister(h.Calls()); why != "" {
				t.Error(why)
			}
		})
	}
	runTest("TestRegister", TestRegister)
	// Output: PASS
}

// A World outside of a test, in real time.
func ExampleNew() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	server, client := w.Host("server", nil), w.Host("client", nil)
	l, err := server.IO().Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	w.Link("server", "client").Refuse()
	_, err = client.IO().Dial("tcp4", "server:80")
	fmt.Println(err)

	server.Crash()
	_, err = l.Accept()
	fmt.Println(errors.Is(err, net.ErrClosed))
	// Output:
	// dial tcp4 10.0.0.1:80: connect: connection refused
	// true
}

// A nemesis of one's own: the network between two hosts loses half of all packets for a while.
func ExampleNemesis() {
	TestLoss := func(t *testing.T) {
		sim.Run(t, sim.Config{Count: 3}, func(t *testing.T, w *sim.World) {
			s := new(shop.Shop)
			w.Host("shop", s.Serve)
			c := shop.NewClient(w.Host("client", nil).IO(), "shop")
			defer c.Close()
			w.Unleash(lossy())
			for i := range 10 {
				if err := c.Order(t.Context(), "tea", fmt.Sprint("order ", i)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			w.Heal()
		})
	}
	runTest("TestLoss", TestLoss)
	// Output: PASS
}
