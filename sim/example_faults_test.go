//go:build unix

package sim_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// All that a power failure could leave of a file that was written, and never synced: no name, a name without
// bytes, a size without bytes, and all of it. CrashPoints checks a program on each of these disks.
func ExampleDisk_CrashImages() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	h := w.Host("db", nil)
	if err := h.IO().WriteFile("/log", []byte("record"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	found := make(map[string]bool)
	n := 0
	for image := range h.Disk().CrashImages(0) {
		n++
		after := w.HostOn(image, fmt.Sprint("after crash ", n), nil)
		data, err := after.IO().ReadFile("/log")
		if err != nil {
			found["no file"] = true
		} else {
			found[fmt.Sprintf("%q", data)] = true
		}
	}
	fmt.Println(n, slices.Sorted(maps.Keys(found)))
	// Output: 4 ["" "\x00\x00\x00\x00\x00\x00" "record" no file]
}

// A disk that stands still for a while, and one that returns what was not written.
func ExampleDisk_Stall() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	h := w.Host("db", nil)
	if err := h.Disk().WriteFile("/conf", []byte("abc")); err != nil {
		fmt.Println(err)
		return
	}
	h.Disk().Stall()
	read := make(chan string, 1)
	go func() {
		data, _ := h.IO().ReadFile("/conf")
		read <- string(data)
	}()
	select {
	case <-read:
		fmt.Println("the disk answers")
	case <-time.After(10 * time.Millisecond):
	}
	h.Disk().Unstall()
	fmt.Println(<-read)

	if err := h.Disk().Corrupt("/conf", 1, 1); err != nil {
		fmt.Println(err)
		return
	}
	data, err := h.IO().ReadFile("/conf")
	fmt.Printf("%q %v\n", data, err)

	c := h.Disk().Config()
	c.Model = sim.Ext4
	h.Disk().Set(c)
	// Output:
	// abc
	// "a\x9dc" <nil>
}

// A name that two hosts stand behind, and lookups that take a while.
func ExampleDNS() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	a, b := w.Host("a", nil), w.Host("b", nil)
	w.DNS().Set("db.example", a.Addrs()[0], b.Addrs()[0])
	w.DNS().Delay(sim.Fixed(time.Millisecond))
	l, err := b.IO().Listen("tcp4", ":5432")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := w.Host("client", nil).IO().Dial("tcp4", "db.example:5432") // nobody listens on a
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(netip.MustParseAddrPort(c.RemoteAddr().String()).Addr() == b.Addrs()[0], c.Close())
	// Output: true <nil>
}

// Durations that are mostly short and sometimes long.
func ExampleDist() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	d := sim.Dist{Min: time.Millisecond, Mean: 3 * time.Millisecond, Max: time.Second}
	r := w.Rand("think time")
	for range 1000 {
		if x := d.Draw(r); x < d.Min || x > d.Max {
			fmt.Println(x, "is out of bounds")
		}
	}
	fmt.Println(sim.Fixed(time.Second).Draw(r))
	// Output: 1s
}

// Packets wait, and arrive later: none is lost, and no connection ends.
func ExampleLink_Hold() {
	w := sim.New(nil, 1, sim.Config{})
	defer w.Close()
	a, b := w.Host("a", nil), w.Host("b", nil)
	server, err := a.IO().ListenDatagram("udp4", ":53")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := b.IO().DialDatagram("udp4", "a:53")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	w.Link("a", "b").Hold()
	if _, err := client.Write([]byte("hello")); err != nil {
		fmt.Println(err)
		return
	}
	p := make([]byte, 64)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err = server.ReadContext(ctx, p)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	w.Link("a", "b").Heal()
	n, err := server.Read(p)
	fmt.Println(string(p[:n]), err)
	// Output:
	// true
	// hello <nil>
}

// A host that gets no processor for a minute, and what must hold meanwhile.
func ExampleWorld_Always() {
	TestPause := func(t *testing.T) {
		sim.Run(t, sim.Config{Count: 3}, func(t *testing.T, w *sim.World) {
			var mu sync.Mutex
			var ticks []time.Duration // since the World began
			ticker := w.Host("ticker", func(ctx context.Context, io *await.IO) error {
				for io.Sleep(ctx, time.Second) == nil && io.WriteFile("/alive", nil, 0o600) == nil {
					mu.Lock()
					ticks = append(ticks, w.Elapsed())
					mu.Unlock()
				}
				return context.Cause(ctx)
			})
			w.Always("ticks are a second apart", func() error { // on a goroutine of its own
				mu.Lock()
				defer mu.Unlock()
				for i := 1; i < len(ticks); i++ {
					if ticks[i] < ticks[i-1]+time.Second {
						return fmt.Errorf("ticks at %v", ticks)
					}
				}
				return nil
			})
			time.Sleep(10 * time.Second)
			ticker.Pause()
			w.Logf("%d of %d hosts pauses, with seed %d", 1, len(w.Hosts()), w.Seed())
			time.Sleep(time.Minute)
			ticker.Resume()
			time.Sleep(10 * time.Second)
			w.Wait() // in place of synctest.Wait
			mu.Lock()
			defer mu.Unlock()
			if n := len(ticks); n < 15 || n > 25 {
				t.Errorf("%d ticks in 20 seconds and a pause", n)
			}
		})
	}
	runTest("TestPause", TestPause)
	// Output: PASS
}
