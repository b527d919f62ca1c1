//go:build unix

package sim_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
	"github.com/awaitio/awaitio/sim/internal/kv"
	"github.com/awaitio/awaitio/sim/internal/shop"
	"github.com/awaitio/awaitio/sim/internal/wal"
)

// plantedVariable is set where the tests below may fail.
const plantedVariable = "SIM_TEST_PLANTED"

// TestPlanted has tests with bugs, each of which TestBugsAreFound runs in a process of its own.
func TestPlanted(t *testing.T) {
	if os.Getenv(plantedVariable) == "" {
		t.Skip("its tests fail: TestBugsAreFound runs them")
	}
	for name, test := range planted {
		t.Run(name, test)
	}
}

// seeds are enough for each bug to be found; fewer where none is.
func seeds() int {
	if os.Getenv(plantedVariable) != "" {
		return 200
	}
	return 20
}

var planted = map[string]func(*testing.T){
	"order without a key":     func(t *testing.T) { orders(t, true) },
	"replica without sync":    func(t *testing.T) { registers(t, kv.Replica{NoSync: true}, false) },
	"read without write-back": func(t *testing.T) { registers(t, kv.Replica{}, true) },
	"log without sync":        func(t *testing.T) { logs(t, wal.Log{Path: "/log", NoSync: true}, sim.Ext4) },
	"log without its name":    func(t *testing.T) { logs(t, wal.Log{Path: "/log", NoDirSync: true}, sim.Strict) },
	"log without checksums":   func(t *testing.T) { logs(t, wal.Log{Path: "/log", NoChecksum: true}, sim.Strict) },
	"program fails":           programFails,
	"panics":                  panics,
	"host twice":              hostTwice,
	"nemesis without a start": nemesisWithoutAStart,
	"host after the end":      hostAfterTheEnd,
	"goroutine stays":         goroutineStays,
	"test's goroutine stays":  testsGoroutineStays,
	"locks in a cycle":        locksInACycle,
	"waits for a goroutine":   waitsForAGoroutine,
	"real socket":             realSocket,
	"spins":                   spins,
	"does not end":            doesNotEnd,
	"never":                   never,
	"always":                  always,
	"needs two faults":        needsTwoFaults,
	"overtaken":               overtaken,
	"loses two copies":        losesTwoCopies,
	"last boot":               lastBoot,
}

// orders orders 20 items while the network fails.
func orders(t *testing.T, noKey bool) {
	sim.Run(t, sim.Config{Count: seeds()}, func(t *testing.T, w *sim.World) {
		s := new(shop.Shop)
		w.Host("shop", s.Serve)
		c := shop.NewClient(w.Host("client", nil).IO(), "shop")
		c.NoKey = noKey
		defer c.Close()
		cut := sim.Partitions(sim.OneWayOut, sim.OneWayIn)
		cut.Start = func(w *sim.World, _ *rand.Rand, _ []*sim.Host) func() {
			w.OneWay("shop", "client").Cut()
			return w.OneWay("shop", "client").Heal
		}
		w.Unleash(cut)
		for i := range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			err := c.Order(ctx, "tea", fmt.Sprint("order ", i))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if n := s.Orders("tea"); n != 20 {
			t.Errorf("the shop counts %d orders, and 20 were made", n)
		}
	})
}

// registers has clients read and write a register, which is kept by three replicas, while what
// may happen to the replicas does, and the network falls into halves.
func registers(t *testing.T, r kv.Replica, noWriteBack bool) {
	const clients, calls = 5, 10
	c := sim.Config{Count: seeds(), Disk: sim.DiskConfig{Sync: sim.Fixed(time.Millisecond)}}
	sim.Run(t, c, func(t *testing.T, w *sim.World) {
		replicas := []string{"r1", "r2", "r3"}
		everyone := slices.Clone(replicas)
		for _, name := range replicas {
			w.Host(name, r.Serve)
		}
		w.Unleash(sim.Budget(1, sim.Swarm(sim.Crashes(), sim.Kills(), sim.Pauses(), sim.SlowLinks())))
		h := new(sim.History[kv.Request, string])
		ended := make(chan bool)
		for i := range clients {
			name := fmt.Sprint("c", i)
			everyone = append(everyone, name)
			c := kv.NewClient(w.Host(name, nil).IO(), name, replicas)
			c.NoWriteBack = noWriteBack
			load := w.Rand("load of " + name)
			go func() {
				for n := range calls {
					time.Sleep(time.Duration(load.IntN(300)) * time.Millisecond)
					h.Do(i, kv.Request{Write: load.IntN(3) == 0, Value: fmt.Sprint(name, ".", n)}, c.Call)
				}
				ended <- true
			}()
		}
		halves := sim.Partitions(sim.Halves)
		halves.Name, halves.Hosts = "partition of all", everyone
		halves.Every, halves.For = sim.Dist{Max: 500 * time.Millisecond}, sim.Dist{Max: time.Second}
		w.Unleash(halves)
		for range clients {
			<-ended
		}
		w.Heal()
		if why := checkRegister(h.Calls()); why != "" {
			t.Error(why)
		}
	})
}

// logs appends to a log, and reads it from what crashes leave.
func logs(t *testing.T, l wal.Log, m sim.Model) {
	entries := []string{"one", strings.Repeat("two", 500), "three"}
	acked := 0
	sim.CrashPoints(t, sim.DiskConfig{Model: m}, func(_ context.Context, io *await.IO) error {
		return l.Append(io, entries, func() { acked++ })
	}, func(_ context.Context, io *await.IO) error {
		got, err := l.Read(io)
		if err != nil {
			return err
		}
		if len(got) < acked || !slices.Equal(got, entries[:len(got)]) {
			return fmt.Errorf("the log has %d entries of %d that are safe: %.20q", len(got), acked, got)
		}
		return nil
	})
}

func programFails(t *testing.T) {
	sim.Run(t, sim.Config{Count: 3}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", func(context.Context, *await.IO) error {
			time.Sleep(time.Second)
			return errors.New("no configuration")
		})
		time.Sleep(time.Minute)
		if h.Running() {
			t.Error("it runs")
		}
	})
}

func panics(t *testing.T) {
	sim.Run(t, sim.Config{Count: 9}, func(t *testing.T, w *sim.World) {
		w.Host("api", func(context.Context, *await.IO) error {
			if w.Seed() == 7 {
				panic("index out of luck")
			}
			return nil
		})
	})
}

func hostTwice(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		w.Host("api", nil)
		w.Host("api", nil)
	})
}

func nemesisWithoutAStart(t *testing.T) {
	sim.Run(t, sim.Config{}, func(_ *testing.T, w *sim.World) { w.Unleash(sim.Nemesis{Name: "idle"}) })
}

func hostAfterTheEnd(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", nil)
		w.Close()
		if h.Restart(); h.Running() {
			t.Error("a host has started again")
		}
		w.Host("late", nil)
	})
}

func goroutineStays(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", func(ctx context.Context, _ *await.IO) error {
			go func() { select {} }()
			<-ctx.Done()
			return nil
		})
		time.Sleep(time.Second)
		h.Kill()
		time.Sleep(50 * time.Minute)
	})
}

func realSocket(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, err := l.Accept(); err != nil {
			t.Error(err)
		}
	})
}

// spins asks again and again for what takes time.
func spins(t *testing.T) {
	sim.Run(t, sim.Config{Count: 1}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", func(ctx context.Context, io *await.IO) error {
			for ctx.Err() == nil {
				if _, err := io.Stat("/ready"); err == nil {
					return nil
				}
			}
			return nil
		})
		time.AfterFunc(time.Second, func() { h.Disk().WriteFile("/ready", nil) })
		if err := h.Wait(); err != nil {
			t.Error(err)
		}
	})
}

func doesNotEnd(t *testing.T) {
	sim.Run(t, sim.Config{Limit: 10 * time.Minute}, func(t *testing.T, w *sim.World) {
		for {
			time.Sleep(time.Second)
		}
	})
}

func never(t *testing.T) {
	sim.Run(t, sim.Config{Count: 5}, func(t *testing.T, w *sim.World) {
		w.Sometimes("the seed is odd", w.Seed()%2 == 1)
		w.Sometimes("the seed is nine", w.Seed() == 9)
	})
}

func always(t *testing.T) {
	sim.Run(t, sim.Config{Count: 5}, func(t *testing.T, w *sim.World) {
		count := 0
		w.Always("the count is below three", func() error {
			if count > 2 {
				return fmt.Errorf("it is %d", count)
			}
			return nil
		})
		a, b := w.Host("a", nil), w.Host("b", nil)
		l, err := b.IO().Listen("tcp", ":1")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range 4 {
			c, err := a.IO().Dial("tcp", "b:1")
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			count++
			time.Sleep(time.Second)
		}
	})
}

// needsTwoFaults fails where a pause of n1 and a kill of n2 have happened, whatever else has.
func needsTwoFaults(t *testing.T) {
	sim.Run(t, sim.Config{Count: 50}, func(t *testing.T, w *sim.World) {
		idle := func(ctx context.Context, _ *await.IO) error { <-ctx.Done(); return nil }
		for _, name := range []string{"n1", "n2", "n3"} {
			w.Host(name, idle)
		}
		w.Unleash(sim.Partitions(), sim.Kills(), sim.Pauses(), sim.SlowLinks(), sim.SlowDisks())
		time.Sleep(time.Minute)
		w.Heal()
		var paused, killed bool
		for _, e := range w.Journal() {
			paused = paused || e.Host == "n1" && e.Text == "is paused"
			killed = killed || e.Host == "n2" && e.Text == "is killed"
		}
		if paused && killed {
			t.Error("n1 was paused, and n2 was killed")
		}
	})
}

// lastBoot uses the IO that a host had before it crashed.
func lastBoot(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		h := w.Host("api", nil)
		io := h.IO()
		h.Crash()
		h.Restart()
		if _, err := h.IO().Listen("tcp", ":80"); err != nil {
			t.Errorf("the present boot: %v", err)
		}
		_, err := io.Listen("tcp", ":81")
		t.Errorf("closed %v, crashed %v: %v", errors.Is(err, net.ErrClosed), errors.Is(err, sim.ErrCrashed), err)
	})
}

// overtaken counts on datagrams to arrive in the order in which they were sent.
func overtaken(t *testing.T) {
	sim.Run(t, sim.Config{}, func(t *testing.T, w *sim.World) {
		to, err := w.Host("to", nil).IO().ListenPacket("udp", ":1")
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		from, err := w.Host("from", nil).IO().Dial("udp", "to:1")
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		for i := range byte(10) {
			if _, err := from.Write([]byte{i}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range byte(10) {
			b := make([]byte, 1)
			if _, _, err := to.ReadFrom(b); err != nil || b[0] != i {
				t.Fatalf("datagram %d is number %d: %v", b[0], i, err)
			}
		}
	})
}
