//go:build unix

package sim

import (
	"net/netip"
	"syscall"
	"testing"
	"time"
)

func TestConnectTakesARoundTrip(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		waits := b.start(accept(l))
		var c int
		took(t, 2*hop, func() {
			fd, connected := a.dial(b.at(80))
			c = fd
			a.wantEvent(connected, 0)
		})
		b.pending(waits)
		took(t, hop, func() { b.wait(waits) }) // the server hears of it last
		local, err := a.s.Getsockname(c, "tcp")
		if err != nil {
			t.Fatal(err)
		}
		peer, err := b.s.Getpeername(b.wait(waits).Result, "tcp")
		if err != nil || peer.String() != local.String() {
			t.Errorf("the peer is %v, %v, want %v", peer, err, local)
		}
		a.wantErrno(syscall.EISCONN, connect(c, rawOf(b.at(80))))
		a.wantNote("a connection " + local.String() + " > b 10.0.0.2:80 is there")
	})
}

func TestConnectIsRefusedAfterARoundTrip(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		took(t, 2*hop, func() {
			fd, connected := a.dial(b.at(80))
			a.wantErrno(syscall.EALREADY, connect(fd, rawOf(b.at(80))))
			a.wantEvent(connected, refusal)
			again := a.start(connect(fd, rawOf(b.at(81))))
			a.cancel(again)
			a.wantEvent(again, canceled)
		})
	})
}

func TestConnectGivesUpAfterTwoMinutes(t *testing.T) {
	stops := map[string]func(a, b *node){
		"partition": func(a, b *node) { b.must(b.w.Partition([]string{"a"}, []string{"b"})) },
		"there":     func(a, b *node) { b.w.Link("a", "b").Cut() },
		"back":      func(a, b *node) { b.w.Link("b", "a").Cut() },
		"crash":     func(a, b *node) { b.h.Crash() },
		"hold":      func(a, b *node) { b.w.Link(Everyone, "b").Hold() },
		"filter":    func(a, b *node) { b.w.Link("a", Everyone).Filter(func(Packet) bool { return false }) },
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			inHosts(t, slow, func(a, b *node) {
				b.listen(80)
				stop(a, b)
				took(t, 127*time.Second, func() {
					_, connected := a.dial(b.at(80))
					a.wantEvent(connected, timedOut)
				})
			})
		})
	}
}

func TestConnectGetsThroughOnceItCan(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		a.must(a.w.Partition([]string{"a"}, []string{"b"}))
		time.AfterFunc(5*time.Second, func() { a.must(a.w.Partition()) })
		took(t, 7*time.Second+2*hop, func() { // it asks after 1, 3 and 7 s
			_, connected := a.dial(b.at(80))
			a.wantEvent(connected, 0)
		})
		b.do(accept(l))

		a.w.Link("a", "b").Hold()
		time.AfterFunc(time.Second/2, a.w.Link("a", "b").Heal)
		took(t, time.Second/2+2*hop, func() {
			_, connected := a.dial(b.at(80))
			a.wantEvent(connected, 0)
		})
	})
}

func TestConnectToNobody(t *testing.T) {
	inHosts(t, slow, func(a, _ *node) {
		took(t, nobodyHome, func() {
			_, connected := a.dial(netip.MustParseAddrPort("10.0.9.9:80"))
			a.wantEvent(connected, -int(syscall.EHOSTUNREACH))
		})
		took(t, 0, func() {
			_, connected := a.dial(netip.MustParseAddrPort("192.0.2.1:80"))
			a.wantEvent(connected, -int(syscall.ENETUNREACH))
		})
	})
}

func TestAFullBacklogIsAskedAgain(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		b.onePlace(l)
		_, first := a.dial(b.at(80))
		a.wantEvent(first, 0)
		a.pass(time.Minute)
		begin := time.Now()
		_, second := a.dial(b.at(80))
		a.pass(2 * time.Second)
		a.pending(second)
		b.do(accept(l))
		a.wantEvent(second, 0)
		near(t, time.Since(begin), 3*time.Second+2*hop)
		b.do(accept(l))
		b.wantNote("the backlog of 0.0.0.0:80 is full")
	})
}

// TestAConnectThatIsGivenUpLeavesRoom has a client leave between its connect's arrival and
// the answer's.
func TestAConnectThatIsGivenUpLeavesRoom(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		b.onePlace(l)
		fd, connected := a.dial(b.at(80))
		a.pass(hop + time.Millisecond)
		a.cancel(connected)
		a.wantEvent(connected, canceled)
		a.want(0, closeFD(fd))
		a.pass(time.Second)
		took(t, 2*hop, func() {
			_, again := a.dial(b.at(80))
			a.wantEvent(again, 0)
		})
		b.do(accept(l))
	})
}

// TestAServerForgetsWhoDoesNotGoOn has the client crash in the middle of the handshake.
func TestAServerForgetsWhoDoesNotGoOn(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		b.onePlace(l)
		a.dial(b.at(80))
		a.pass(hop + time.Millisecond)
		a.h.Crash()
		b.pass(time.Second) // an answer finds nobody who would say so
		a2 := b.boot(a.h.Restart().Host())
		_, again := a2.dial(b.at(80))
		a2.pass(time.Minute)
		a2.pending(again) // the only place is taken
		a2.wantEvent(again, 0)
		b.do(accept(l))
	})
}

func TestAListenerThatClosesResetsItsBacklog(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		l := b.listen(80)
		c, connected := a.dial(b.at(80))
		late, toBeLate := a.dial(b.at(80))
		a.wantEvent(connected, 0)
		a.wantEvent(toBeLate, 0)
		a.want(1, send(late, "x", 0))
		b.want(0, closeFD(l)) // before it hears that they are connected
		for _, fd := range []int{c, late} {
			a.want(resetBy, recv(fd, make([]byte, 1), 0))
		}
	})
}

func TestConnectWithinAHostTakesNoTime(t *testing.T) {
	inHosts(t, slow, func(a, _ *node) {
		l := a.listen(80)
		for _, to := range []string{"127.0.0.1:80", "10.0.0.1:80", "0.0.0.0:80", "127.3.4.5:80"} {
			took(t, 0, func() {
				_, connected := a.dial(netip.MustParseAddrPort(to))
				a.wantEvent(connected, 0)
				a.do(accept(l))
			})
		}
	})
}

func (n *node) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}
