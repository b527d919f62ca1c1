//go:build unix

package sim

import (
	"bytes"
	"math"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestBytesTakeTheLatencyOfTheirDirection(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		b.w.Link("b", "a").Set(LinkConfig{Latency: Fixed(3 * hop)})
		took(t, hop, func() {
			a.want(2, send(client, "hi", 0))
			b.want(2, recv(server, make([]byte, 9), 0))
		})
		took(t, 3*hop, func() {
			b.want(2, send(server, "yo", 0))
			a.want(2, recv(client, make([]byte, 9), 0))
		})
	})
}

// TestTheMostSpecialLinkCounts sets links that cover one another.
func TestTheMostSpecialLinkCounts(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.pass(time.Second)
		for i, l := range []*Link{
			a.w.Link(Everyone, Everyone), a.w.Link(Everyone, "b"), a.w.Link("a", Everyone), a.w.Link("a", "b"),
		} {
			want := time.Duration(i+1) * time.Second
			l.Set(LinkConfig{Latency: Fixed(want)})
			took(t, want, func() {
				a.want(1, send(client, "x", 0))
				b.want(1, recv(server, make([]byte, 9), 0))
			})
		}
	})
}

// TestALossIsADelay has the first tries of a segment lost, as TCP's sender sees it.
func TestALossIsADelay(t *testing.T) {
	for losses, want := range map[int]time.Duration{1: 200 * time.Millisecond, 2: 600 * time.Millisecond, 4: 3 * time.Second} {
		inHosts(t, slow, func(a, b *node) {
			client, server := connection(a, b)
			a.pass(time.Second)
			left := losses
			a.w.Link("a", "b").Filter(func(p Packet) bool {
				if string(p.Data) == "x" {
					left--
				}
				return string(p.Data) != "x" || left < 0
			})
			took(t, want+hop, func() {
				a.want(1, send(client, "x", 0))
				a.want(1, send(client, "y", 0))
				buf := make([]byte, 2)
				b.want(2, recv(server, buf, 0)) // what was sent behind it is there already
				if string(buf) != "xy" {
					t.Errorf("got %q", buf)
				}
			})
		})
	}
}

// TestNoByteIsLostOrOvertaken sends much over a link that does all it can.
func TestNoByteIsLostOrOvertaken(t *testing.T) {
	bad := Options{Link: LinkConfig{Latency: Dist{Min: time.Millisecond, Max: 20 * time.Millisecond}, Loss: 0.2, Reorder: 0.3, Duplicate: 0.3}}
	bad.Segment = Sizes{Min: 1, Max: 100}
	for seed := range Seeds(20) {
		inFaultyWorld(t, seed, bad, nil, func(r *rig) {
			a, b := r.host("a"), r.host("b")
			client, server := connection(a, b)
			sent := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 200)
			all := a.start(send(client, string(sent), 0))
			var got []byte
			for buf := make([]byte, 500); len(got) < len(sent); {
				n := b.do(recv(server, buf, 0))
				if n <= 0 {
					t.Fatalf("seed %d: a receive ended with %s", seed, inWords(n))
				}
				got = append(got, buf[:n]...)
			}
			a.wantEvent(all, len(sent))
			if !bytes.Equal(got, sent) {
				t.Errorf("seed %d: the bytes are not those sent", seed)
			}
		})
	}
}

func TestBandwidth(t *testing.T) {
	const rate = 100_000
	inHosts(t, Options{Link: LinkConfig{Bandwidth: rate}, StreamBuffer: 1 << 20}, func(a, b *node) {
		client, server := connection(a, b)
		const size = 100_000
		begin := time.Now()
		a.want(size, send(client, string(make([]byte, size)), 0))
		for got := 0; got < size; {
			got += b.do(recv(server, make([]byte, size), 0))
		}
		packets := (size + segmentMax - 1) / segmentMax
		want := time.Second * time.Duration(size+packets*overhead) / rate
		if d := time.Since(begin); math.Abs(float64(d-want)) > float64(10*time.Millisecond) {
			t.Errorf("%d bytes took %v, want %v", size, d, want)
		}
	})
}

func TestAQueueHasAnEnd(t *testing.T) {
	o := Options{Link: LinkConfig{Bandwidth: 1000, Queue: 500}}
	inHosts(t, o, func(a, b *node) {
		from, to := a.socket(unix.SOCK_DGRAM, a.at(1)), b.socket(unix.SOCK_DGRAM, b.at(1))
		a.want(0, connect(from, rawOf(b.at(1))))
		for range 20 {
			a.want(60, send(from, string(make([]byte, 60)), 0))
		}
		a.pass(time.Minute)
		got := 0
		for b.do(recv(to, make([]byte, 99), unix.MSG_DONTWAIT)) == 60 {
			got++
		}
		if got < 5 || got > 6 { // one on the wire, five in the queue
			t.Errorf("%d of 20 arrived", got)
		}
		b.wantNote("finds the link's queue full")
	})
}

func TestHoldDelaysAndHealLetsGo(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		from, to := a.socket(unix.SOCK_DGRAM, a.at(1)), b.socket(unix.SOCK_DGRAM, b.at(1))
		a.want(0, connect(from, rawOf(b.at(1))))
		a.w.Link("a", "b").Hold()
		a.want(2, send(client, "hi", 0))
		a.want(2, send(client, "gh", 0))
		a.want(3, send(from, "udp", 0))
		stream, packet := b.start(recv(server, make([]byte, 4), unix.MSG_WAITALL)), b.start(recv(to, make([]byte, 4), 0))
		b.pass(time.Hour)
		b.pending(stream)
		b.pending(packet)
		a.w.HealLinks()
		took(t, hop, func() {
			b.wantEvent(stream, 4)
			b.wantEvent(packet, 3)
		})
	})
}

func TestRefuseAnswersWithResets(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		waits := b.start(recv(server, make([]byte, 4), 0))
		b.listen(80)
		from := a.socket(unix.SOCK_DGRAM, a.at(1))
		b.socket(unix.SOCK_DGRAM, b.at(1))
		a.want(0, connect(from, rawOf(b.at(1))))
		a.pass(time.Second)
		a.w.Link("a", "b").Refuse()
		_, connected := a.dial(b.at(80))
		a.wantEvent(connected, refusal)
		a.want(1, send(client, "x", 0))
		a.want(resetBy, send(client, "x", 0))
		a.want(1, send(from, "x", 0))
		a.want(refusal, send(from, "x", 0))
		b.pending(waits)
	})
}

func TestFilterSeesEachPacket(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		var seen []string
		a.w.Link("a", "b").Filter(func(p Packet) bool {
			if p.From != "a" || p.To != "b" || p.Src.Addr() != a.at(0).Addr() || p.Dst.Addr() != b.at(0).Addr() {
				t.Errorf("a packet %+v", p)
			}
			seen = append(seen, p.Kind.String()+string(p.Data))
			return true
		})
		client, server := connection(a, b)
		a.want(2, send(client, "hi", 0))
		b.want(2, recv(server, make([]byte, 4), 0))
		from := a.socket(unix.SOCK_DGRAM, a.at(1))
		a.want(0, connect(from, rawOf(b.at(1))))
		a.want(3, send(from, "udp", 0))
		a.want(0, closeFD(client))
		want := []string{"connect", "connect", "datahi", "datagramudp", "end"}
		if len(seen) != len(want) {
			t.Fatalf("packets %q, want %q", seen, want)
		}
		for i, s := range seen {
			if s != want[i] {
				t.Errorf("packets %q, want %q", seen, want)
			}
		}
	})
}

// TestResetBreaksBothEndsAtOneInstant has reads and writes of both ends wait for it.
func TestResetBreaksBothEndsAtOneInstant(t *testing.T) {
	o := slow
	o.StreamBuffer = 10
	inHosts(t, o, func(a, b *node) {
		client, server := connection(a, b)
		read, write := a.start(recv(client, make([]byte, 1), 0)), a.start(send(client, "much too much for it", 0))
		far := b.start(send(server, "", 0))
		b.wantEvent(far, 0)
		a.pass(time.Second)
		b.want(10, recv(server, make([]byte, 10), 0))
		a.pass(time.Second)
		far = b.start(recv(server, make([]byte, 99), unix.MSG_WAITALL))
		if n := a.w.Link("b", Everyone).Reset(); n != 1 {
			t.Errorf("%d connections were reset", n)
		}
		took(t, 0, func() {
			a.wantEvent(read, resetBy)
			a.wantEvent(write, 20)
			b.wantEvent(far, 10)
			b.want(resetBy, recv(server, make([]byte, 1), 0))
		})
		if n := a.w.Link(Everyone, Everyone).Reset(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		if _, err := a.s.Getpeername(client, "tcp"); err == nil {
			t.Error("a broken connection has a peer")
		}
	})
}

func TestResetsOfAShareOfPackets(t *testing.T) {
	o := Options{Link: LinkConfig{Latency: Fixed(hop), Resets: 0.05}}
	inHosts(t, o, func(a, b *node) {
		client, server := connection(a, b)
		sent := 0
		for ; a.do(send(client, "x", 0)) == 1; sent++ {
			a.pass(time.Second)
		}
		if sent < 2 || sent > 200 {
			t.Errorf("the connection was reset after %d packets", sent)
		}
		for b.do(recv(server, make([]byte, 999), 0)) > 0 {
		}
		a.wantNote("the connection to b is reset [")
	})
}

func TestLingerOfNoTimeResets(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.must(a.s.SetLinger(client, 0))
		if !a.s.Lingers(client) {
			t.Error("it does not linger")
		}
		a.want(0, closeFD(client))
		took(t, hop, func() { b.want(resetBy, recv(server, make([]byte, 1), 0)) })
	})
}

func TestHalfClose(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.want(3, send(client, "ask", 0))
		a.want(0, shutdown(client, unix.SHUT_WR))
		buf := make([]byte, 9)
		b.want(3, recv(server, buf, unix.MSG_WAITALL))
		b.want(0, recv(server, buf, 0))
		b.want(4, send(server, "told", 0))
		b.want(0, closeFD(server))
		a.want(4, recv(client, buf, unix.MSG_WAITALL))
		a.want(0, recv(client, buf, 0))
		a.want(brokenBy, send(client, "x", 0))
		a.want(0, closeFD(client))
		if a.w.pairs[0].conns.Size != 0 {
			t.Error("the connection is kept though both ends have closed it")
		}
	})
}

// TestAWindowIsFinite has a sender wait until the other side reads.
func TestAWindowIsFinite(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, server := connection(a, b)
		a.must(a.s.SetWriteBuffer(client, 4000))
		b.must(b.s.SetReadBuffer(server, 5000))
		all := a.start(send(client, string(make([]byte, 20_000)), 0))
		b.pass(time.Hour)
		if arrived, _ := b.unread(server); arrived != 9000 {
			t.Errorf("%d bytes arrived, want 9000", arrived)
		}
		a.pending(all)
		b.want(9000, recv(server, make([]byte, 9000), 0))
		b.want(9000, recv(server, make([]byte, 9000), unix.MSG_WAITALL))
		a.wantEvent(all, 20_000)
	})
}

func (n *node) unread(fd int) (arrived, wire int) {
	n.w.enter()
	defer n.w.leave()
	in := n.s.descriptors.get(fd).resource.(*socket).in
	return len(in.arrived), in.wire
}

func TestKeepAliveFindsOutThatNobodyIsThere(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		client, _ := connection(a, b)
		a.must(a.s.SetConnOptions(client, 0, net.KeepAliveConfig{}))
		waits := a.start(recv(client, make([]byte, 1), 0))
		a.pass(time.Hour)
		a.pending(waits)
		heard := time.Now()
		b.h.Crash()
		a.wantEvent(waits, timedOut)
		if d := time.Since(heard); d < 9*15*time.Second || d > 10*15*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
