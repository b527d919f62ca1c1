//go:build unix

package await

import (
	"net"
	"sync"
	"syscall"
	"testing"
)

// When both versions connect at once, one connection is returned and the other
// is closed. The check of leaks sees the rest.
func TestDialRaceHasOneWinner(t *testing.T) {
	io := open(t, Config{})
	addrs := make([]net.Addr, 2)
	var accepting sync.WaitGroup
	t.Cleanup(accepting.Wait) // once the listeners are closed: cleanups run last in, first out
	for i := range addrs {
		l := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
		addrs[i] = l.Addr()
		accepting.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_ = c.Close()
			}
		})
	}
	for range 30 {
		var together sync.WaitGroup
		together.Add(2)
		d := &Dialer{FallbackDelay: 1, Control: func(string, string, syscall.RawConn) error {
			together.Done()
			together.Wait()
			return nil
		}}
		a := &attempts{d: d, io: io, network: "tcp"}
		conn, err := a.race(background, addrs[:1], addrs[1:])
		must(t, err)
		must(t, conn.Close())
	}
	waitUnderWay(t, io, 2) // the accepts
}

// Dials from many goroutines at once each get a connection of their own.
func TestManyDialsAtOnce(t *testing.T) {
	io := open(t, Config{})
	l := mustListen(t, &ListenConfig{IO: io}, "tcp", "127.0.0.1:0")
	const dials = 64
	d := &Dialer{IO: io}
	locals := make(chan string, dials)
	var wg sync.WaitGroup
	for range dials {
		wg.Go(func() {
			c, err := d.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			locals <- c.LocalAddr().String()
			p := make([]byte, 1)
			if _, err := c.Read(p); err != nil {
				t.Error(err)
			}
			_ = c.Close()
		})
	}
	seen := map[string]bool{}
	for range dials {
		c, err := l.Accept()
		must(t, err)
		seen[c.RemoteAddr().String()] = true
		_, err = c.Write([]byte{1})
		must(t, err)
		must(t, c.Close())
	}
	wg.Wait()
	close(locals)
	for local := range locals {
		if !seen[local] {
			t.Errorf("nobody accepted %s", local)
		}
	}
}

// A name is looked up for the version that the network has.
func TestDialOfANameOfOneVersion(t *testing.T) {
	needV6(t)
	io := open(t, Config{})
	for _, c := range []struct{ network, address string }{{"tcp4", "127.0.0.1:0"}, {"tcp6", "[::1]:0"}} {
		l := mustListen(t, &ListenConfig{IO: io}, c.network, c.address)
		_, port, err := net.SplitHostPort(l.Addr().String())
		must(t, err)
		conn, err := twoFacedDialer(io).Dial(c.network, "host.example.:"+port)
		must(t, err)
		if conn.RemoteAddr().String() != l.Addr().String() {
			t.Errorf("%s: connected to %v, want %v", c.network, conn.RemoteAddr(), l.Addr())
		}
		must(t, conn.Close())
	}
}
