//go:build unix

package sim_test

import (
	"context"
	"encoding/binary"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// A loner is a program of one goroutine, which tells the journal whatever it is told.
type loner struct {
	w    *sim.World
	name string
}

func (l loner) tell(format string, args ...any) { l.w.Logf(l.name+": "+format, args...) }

// waitMax is how long a loner waits for others; all of them wait equally long, from the same instants.
const waitMax = 100 * time.Millisecond

// gossip sends a number to others and keeps on its disk what it gets from them until the time is over.
func (l loner) gossip(others ...string) sim.Program {
	return func(ctx context.Context, io *await.IO) error {
		c, err := io.ListenPacket("udp4", ":9")
		if err != nil {
			return err
		}
		defer c.Close()
		f, err := io.Create("/heard")
		if err != nil {
			return err
		}
		defer f.Close()
		for i := uint64(0); ctx.Err() == nil; i++ {
			for _, other := range others {
				if _, err := c.WriteTo(binary.BigEndian.AppendUint64(nil, i), addrOf(l.w, other)); err != nil {
					l.tell("%v", err)
				}
			}
			l.listen(c, f)
		}
		return nil
	}
}

// addrOf is port 9 of a host.
func addrOf(w *sim.World, name string) net.Addr {
	hosts := w.Hosts()
	h := hosts[slices.IndexFunc(hosts, func(h *sim.Host) bool { return h.Name() == name })]
	return &net.UDPAddr{IP: h.Addrs()[0].AsSlice(), Port: 9}
}

func (l loner) listen(c net.PacketConn, f *await.File) {
	buf := make([]byte, 8)
	err := c.SetReadDeadline(time.Now().Add(waitMax))
	for err == nil {
		var from net.Addr
		if _, from, err = c.ReadFrom(buf); err != nil {
			break
		}
		l.tell("%x from %v", buf, from)
		if _, err = f.Write(buf); err == nil {
			err = f.Sync()
		}
	}
	l.tell("%v", err)
}

// ask connects to a server again and again, and sleeps in between.
func (l loner) ask(server string) sim.Program {
	return func(ctx context.Context, io *await.IO) error {
		for i := uint64(0); ctx.Err() == nil; i++ {
			time.Sleep(waitMax / 2)
			c, err := io.DialContext(ctx, "tcp", server+":7")
			if err != nil {
				l.tell("%v", err)
				continue
			}
			answer, err := exchange(c, i)
			l.tell("%x, %v", answer, err)
		}
		return nil
	}
}

func exchange(c net.Conn, i uint64) (answer []byte, err error) {
	defer c.Close()
	answer = make([]byte, 8)
	if err = c.SetDeadline(time.Now().Add(2 * waitMax)); err == nil {
		_, err = c.Write(binary.BigEndian.AppendUint64(nil, i))
	}
	if err == nil {
		_, err = c.Read(answer)
	}
	return answer, err
}

// answer takes one connection after the other, and sends back what it gets.
func (l loner) answer(ctx context.Context, io *await.IO) error {
	listener, err := io.Listen("tcp", ":7")
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	for {
		c, err := listener.Accept()
		if err != nil {
			return nil // the host is to end
		}
		buf := make([]byte, 8)
		if err = c.SetDeadline(time.Now().Add(2 * waitMax)); err == nil {
			_, err = c.Read(buf)
		}
		if err == nil {
			_, err = c.Write(buf)
		}
		l.tell("%x, %v", buf, err)
		c.Close()
	}
}

// loners are eight hosts with a goroutine each, which faults befall.
func loners(_ *testing.T, w *sim.World) {
	gossips := []string{"a", "b", "c"}
	for _, name := range gossips {
		w.Host(name, loner{w, name}.gossip(gossips...))
	}
	for _, name := range []string{"s1", "s2"} {
		w.Host(name, loner{w, name}.answer)
	}
	for _, name := range []string{"c1", "c2", "c3"} {
		w.Host(name, loner{w, name}.ask([]string{"s1", "s2"}[int(name[1])%2]))
	}
	w.Unleash(sim.Partitions(), sim.Crashes(), sim.Pauses(), sim.SlowDisks())
	time.Sleep(20 * time.Second)
}

var lonersConfig = sim.Config{Link: sim.LinkConfig{Loss: 0.1}, Disk: sim.DiskConfig{Sync: sim.Dist{Mean: time.Millisecond}}}

// sameRuns is how often the same seed runs.
func sameRuns() int {
	if testing.Short() {
		return 10
	}
	return 100
}

// The journal of a seed is always the same where each host has one goroutine: whatever wakes one has an
// instant of its own.
func TestSameSeedSameJournal(t *testing.T) {
	seeds := append(slices.Repeat([]uint64{1}, sameRuns()), 2)
	journals := sim.Journals(t, lonersConfig, seeds, loners)
	first, other := journals[0], journals[len(journals)-1]
	if len(first) < 1000 {
		t.Fatalf("the journal has %d lines", len(first))
	}
	for i, journal := range journals[:len(journals)-1] {
		compareJournals(t, i, first, journal)
	}
	if slices.Equal(first, other) {
		t.Error("another seed has the same journal")
	}
}

// So it is in a bubble of the test's own, with two processors and without any seed for Go.
func TestSameSeedSameJournalInBubble(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var first []string
	for i := range sameRuns() {
		var lines []string
		synctest.Test(t, func(t *testing.T) {
			w := sim.New(t, 1, lonersConfig)
			loners(t, w)
			for _, e := range w.Journal() {
				lines = append(lines, e.String())
			}
		})
		if i == 0 {
			first = lines
		}
		compareJournals(t, i, first, lines)
	}
}

func compareJournals(t *testing.T, i int, want, got []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	around := func(lines []string) string { return strings.Join(lines[max(0, n-5):min(len(lines), n+3)], "\n") }
	t.Fatalf("run %d has\n%s\nthe first has\n%s", i, around(got), around(want))
}
