//go:build unix

package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// What a power failure leaves for certain, and a file that the disk cannot read any more.
func ExampleDisk() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	h := w.Host("db", nil)
	if err := h.Disk().WriteFile("/conf", []byte("a=1")); err != nil { // stable at once
		fmt.Println(err)
		return
	}
	if err := h.IO().WriteFile("/log", []byte("record"), 0o600); err != nil { // never synced
		fmt.Println(err)
		return
	}
	_, err := fs.Stat(h.Disk().FS(), "log")
	fmt.Println(err, len(h.Disk().Unsynced()) > 0)
	_, err = fs.Stat(h.Disk().Stable(), "log")
	fmt.Println(errors.Is(err, fs.ErrNotExist))

	if err := h.Disk().Fail("conf", syscall.EIO); err != nil {
		fmt.Println(err)
		return
	}
	_, err = h.IO().ReadFile("/conf")
	fmt.Println(errors.Is(err, syscall.EIO))
	// Output:
	// <nil> true
	// true
	// true
}

// A program that is killed ends with its calls, and runs anew when its host boots again.
func ExampleHost() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	var serve sim.Program = func(ctx context.Context, _ *await.IO) error {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	h := w.Host("server", serve)
	h.Kill()
	fmt.Println(h.Running(), h.Wait() != nil)
	h.Restart()
	fmt.Println(h.Running(), h.Boots())
	h.Stop() // and waits for the program
	fmt.Println(h.Running())
	// Output:
	// false true
	// true 2
	// false
}

// A host's clock is set back by an hour. Only what goes by the time of day notices.
func ExampleClock() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	c := w.Host("server", nil).Clock()
	before := c.Now()
	c.Bump(-time.Hour)
	c.Sleep(time.Millisecond)
	fmt.Println(c.Now().Before(before))

	c.Drift(1e6) // it gains a second each second
	begin := time.Now()
	<-c.NewTimer(20 * time.Millisecond).C // of its own
	rang := make(chan struct{})
	c.AfterFunc(20*time.Millisecond, func() { close(rang) })
	<-rang
	fmt.Println(time.Since(begin) >= 19*time.Millisecond)
	// Output:
	// true
	// true
}

// A slow link that loses datagrams, and one that lets only requests for connections pass.
func ExampleLinkConfig() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	server, client := w.Host("server", nil), w.Host("client", nil)
	w.Link("server", "client").Set(sim.LinkConfig{Latency: sim.Fixed(time.Millisecond), Loss: 0.01})
	l, err := server.IO().Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	w.OneWay("client", "server").Filter(func(p sim.Packet) bool { return p.Kind == sim.PacketConnect })
	c, err := client.IO().Dial("tcp4", "server:80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(w.Link("client", "server").Reset(), "connection broken")
	_, err = c.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
	// Output:
	// 1 connection broken
	// true
}

// Two groups of hosts that cannot reach each other, and a name that cannot be looked up.
func ExampleWorld() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	a, b := w.Host("a", nil), w.Host("b", nil)
	l, err := a.IO().Listen("tcp", ":80")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	w.Partition([]string{"a"}, []string{"b"})
	dialer := await.Dialer{IO: b.IO(), Timeout: 10 * time.Millisecond}
	_, err = dialer.Dial("tcp4", "a:80")
	fmt.Println(err.(net.Error).Timeout())
	w.Heal()
	w.DNS().Fail("a", errors.New("no name server"))
	_, err = b.IO().Dial("tcp4", "a:80")
	var failed *net.DNSError
	fmt.Println(errors.As(err, &failed))
	// Output:
	// true
	// true
}

// One accident of each kind at a time, drawn by the seed, on all hosts and links.
func ExampleSwarm() {
	TestAccidents := func(t *testing.T) {
		sim.Run(t, sim.Config{Count: 3}, func(t *testing.T, w *sim.World) {
			w.Host("a", nil)
			w.Host("b", nil)
			w.Unleash(sim.Swarm(
				sim.Corruption(1), sim.FailingDisks(), sim.FullDisks(), sim.SlowDisks(), sim.StalledDisks(),
				sim.Resets(), sim.SlowLinks(), sim.Skew(time.Minute),
			))
			time.Sleep(time.Minute) // in no time: the test of a program goes here
			w.Heal()
			w.Sometimes("the program has seen a fault", len(w.Journal()) > 0)
		})
	}
	runTest("TestAccidents", TestAccidents)
	// Output: PASS
}
