//go:build unix

package await

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// isNonblock is the mode of a descriptor.
func isNonblock(t testing.TB, fd uintptr) bool {
	t.Helper()
	flags, err := fileFlags(t, int(fd))
	must(t, err)
	return flags&unix.O_NONBLOCK != 0
}

// wantMode fails t unless the descriptor behind c is in the mode.
func wantMode(t testing.TB, what string, c syscall.RawConn, nonblock bool) {
	t.Helper()
	must(t, c.Control(func(fd uintptr) {
		if got := isNonblock(t, fd); got != nonblock {
			t.Errorf("%s: non-blocking is %v, want %v", what, got, nonblock)
		}
	}))
}

// A handedOut is a socket that File duplicates.
type handedOut interface {
	syscall.Conn
	File() (*os.File, error)
}

// socketsOf are one socket of each kind that this package makes, by name.
func socketsOf(t testing.TB, io *IO) map[string]handedOut {
	t.Helper()
	all := make(map[string]handedOut)
	for _, network := range connNetworks {
		l := listenOn(t, io, network)
		dial(t, l)
		accepted, err := l.Accept()
		must(t, err)
		t.Cleanup(func() { _ = accepted.Close() })
		all[network+" listener"], all[network+" accepted"] = l, accepted.(*Conn)
		ours, err := io.Dial(network, l.Addr().String())
		must(t, err)
		t.Cleanup(func() { _ = ours.Close() })
		all[network+" dialed"] = ours.(*Conn)
	}
	for network, address := range map[string]string{"udp4": "127.0.0.1:0", "unixgram": filepath.Join(tempDir(t), "d")} {
		p, err := io.ListenPacket(network, address)
		must(t, err)
		t.Cleanup(func() { _ = p.Close() })
		ours, err := io.Dial(network, p.LocalAddr().String())
		must(t, err)
		t.Cleanup(func() { _ = ours.Close() })
		all[network+" bound"], all[network+" dialed"] = p.(*PacketConn), ours.(*PacketConn)
	}
	return all
}

// A socket of package net is in non-blocking mode for system calls of the user's own.
func TestSocketsAreNonblockingAsNets(t *testing.T) {
	io := open(t, Config{})
	for name, c := range socketsOf(t, io) {
		wantMode(t, name, rawOf(t, c), true)
	}
	l := listenOn(t, io, "tcp4")
	dial(t, l)
	for c, err := range l.Connections(t.Context()) {
		must(t, err)
		wantMode(t, "accepted ahead", rawOf(t, c), true)
		must(t, c.Close())
		break
	}
}

// So does a Control function.
func TestControlFunctionsSeeNonblockingSockets(t *testing.T) {
	io := open(t, Config{})
	calls := 0
	control := func(network, _ string, c syscall.RawConn) error {
		calls++
		wantMode(t, network, c, true)
		return nil
	}
	lc, d := &ListenConfig{IO: io, Control: control}, &Dialer{IO: io, Control: control}
	dir := tempDir(t)
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(dir, "s")} {
		l := mustListen(t, lc, network, address)
		c, err := d.Dial(network, l.Addr().String())
		must(t, err)
		must(t, c.Close())
	}
	for network, address := range map[string]string{"udp": "127.0.0.1:0", "unixgram": filepath.Join(dir, "d")} {
		p, err := lc.ListenPacket(background, network, address)
		must(t, err)
		c, err := d.Dial(network, p.LocalAddr().String())
		must(t, err)
		must(t, c.Close())
		must(t, p.Close())
	}
	if calls != 8 {
		t.Errorf("Control was called %d times, want 8", calls)
	}
}

// A file of a socket has deadlines, is close-on-exec, and turns to blocking mode when
// its number is given away.
func TestFileTurnsBlockingAsNets(t *testing.T) {
	io := open(t, Config{})
	for name, c := range socketsOf(t, io) {
		t.Run(name, func(t *testing.T) {
			f, err := c.File()
			must(t, err)
			defer f.Close()
			raw, err := f.SyscallConn()
			must(t, err)
			wantMode(t, "File", raw, true)
			must(t, f.SetDeadline(time.Now().Add(time.Hour)))
			must(t, raw.Control(func(fd uintptr) {
				if flags, err := fdFlags(t, int(fd)); err != nil || flags&unix.FD_CLOEXEC == 0 {
					t.Errorf("flags %d, %v: not close-on-exec", flags, err)
				}
			}))
			if isNonblock(t, f.Fd()) {
				t.Error("Fd is in non-blocking mode")
			}
			wantMode(t, "the socket", rawOf(t, c), false)
			second, err := c.File()
			must(t, err)
			defer second.Close()
			wantMode(t, "after a second File", rawOf(t, c), false)
		})
	}
}

// File leaves the options of a connection as they are.
func TestFileSetsNoOptions(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	must(t, a.SetNoDelay(false))
	must(t, a.SetKeepAlive(false))
	f, err := a.File()
	must(t, err)
	must(t, f.Close())
	if n := optionOf(t, a, unix.IPPROTO_TCP, unix.TCP_NODELAY); n != 0 {
		t.Error("TCP_NODELAY is on")
	}
	if n := optionOf(t, a, unix.SOL_SOCKET, unix.SO_KEEPALIVE); n != 0 {
		t.Error("SO_KEEPALIVE is on")
	}
}

// A child reads and writes the connection it is handed. The parent uses it before,
// meanwhile and afterwards, and its other connections too.
func TestChildOnAConnection(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		c, d := pairOn(t, io, "tcp4")
		exchange(t, a, b)
		f, err := a.File()
		must(t, err)
		cmd := exec.Command("dd", "bs=5", "count=1")
		cmd.Stdin, cmd.Stdout = f, f
		must(t, cmd.Start())
		must(t, f.Close())
		wantMode(t, "the socket", rawOf(t, a), false)
		exchange(t, c, d)
		_, err = a.Write([]byte("before"))
		must(t, err)
		_, err = b.Write([]byte("hello"))
		must(t, err)
		must(t, cmd.Wait())
		p := make([]byte, 16)
		for got := ""; got != "beforehello"; got += string(p) {
			p = p[:cap(p)]
			must(t, b.SetReadDeadline(time.Now().Add(patience)))
			n, err := b.Read(p)
			must(t, err)
			if p = p[:n]; len(got) > 16 {
				t.Fatalf("got %q", got)
			}
		}
		exchange(t, a, b)
		must(t, a.SetReadDeadline(time.Now().Add(time.Millisecond)))
		_, err = a.Read(make([]byte, 1))
		wantIs(t, err, os.ErrDeadlineExceeded)
		exchange(t, c, d)
	})
}

// childListens is set where this program is the child of TestChildOnAListener.
const childListens = "AWAIT_CHILD_LISTENS"

// A child takes connections from the listener it is handed, by package net's ways and
// by this package's. The parent does before and afterwards, in either mode.
func TestChildOnAListener(t *testing.T) {
	if how := os.Getenv(childListens); how != "" {
		serveOne(t, how)
		return
	}
	for _, how := range []string{"net", "await"} {
		for _, network := range []string{"tcp4", "unix"} {
			t.Run(how+" "+network, func(t *testing.T) {
				io := open(t, Config{})
				l := listenOn(t, io, network)
				exchange(t, dial(t, l), mustAccept(t, l))
				f, err := l.File()
				must(t, err)
				cmd := exec.Command(os.Args[0], "-test.run=^TestChildOnAListener$", "-test.timeout=60s")
				cmd.Env = append(os.Environ(), childListens+"="+how)
				cmd.ExtraFiles = []*os.File{f}
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				must(t, cmd.Start())
				must(t, f.Close())
				peer := dial(t, l)
				must(t, peer.SetDeadline(time.Now().Add(patience)))
				_, err = peer.Write([]byte("hello"))
				must(t, err)
				p := make([]byte, 16)
				n, err := peer.Read(p)
				if string(p[:n]) != "hello" || err != nil {
					t.Errorf("read %q, %v", p[:n], err)
				}
				if err := cmd.Wait(); err != nil {
					t.Fatalf("child: %v\n%s", err, out.Bytes())
				}
				for _, nonblock := range []bool{true, false} {
					setMode(t, l, nonblock)
					exchange(t, dial(t, l), mustAccept(t, l))
				}
			})
		}
	}
}

// serveOne is the child: it echoes what one connection sends.
func serveOne(t *testing.T, how string) {
	f := os.NewFile(3, "listener")
	l, err := net.FileListener(f)
	must(t, err)
	must(t, f.Close())
	if how == "await" {
		l, err = open(t, Config{}).AdoptListener(l)
		must(t, err)
	}
	defer l.Close()
	c, err := l.Accept()
	must(t, err)
	defer c.Close()
	p := make([]byte, 16)
	n, err := c.Read(p)
	must(t, err)
	_, err = c.Write(p[:n])
	must(t, err)
}

func mustAccept(t testing.TB, l net.Listener) net.Conn {
	t.Helper()
	c, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// An accept that waits on a listener in blocking mode stops nothing else, and ends.
func TestAcceptOnABlockingListenerStopsNothing(t *testing.T) {
	onListeners(t, func(t *testing.T, io *IO, l *Listener) {
		a, b := pairOn(t, io, "tcp4")
		f, err := l.File()
		must(t, err)
		defer f.Close()
		if isNonblock(t, f.Fd()) {
			t.Fatal("the listener is in non-blocking mode")
		}
		waitUnderWay(t, io, 0)
		accept := later(func() (int, error) { _, err := l.Accept(); return 0, err })
		waitUnderWay(t, io, 1)
		exchange(t, a, b)
		wantMode(t, "while an accept waits", rawOf(t, l), false)
		must(t, l.SetDeadline(time.Now()))
		wantIs(t, receive(t, accept, "end of Accept").err, os.ErrDeadlineExceeded)
		must(t, l.SetDeadline(time.Time{}))
		exchange(t, dial(t, l), mustAccept(t, l))
	})
}

// Whatever others do to the mode, transfers go on.
func TestTransfersGoOnInEitherMode(t *testing.T) {
	const rounds = 300
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		done, flipped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(flipped)
			for nonblock := false; ; nonblock = !nonblock {
				select {
				case <-done:
					return
				default:
					setMode(t, a, nonblock)
					setMode(t, b, !nonblock)
				}
			}
		}()
		big, buf := make([]byte, 100_000), make([]byte, 10_000)
		for range rounds / 100 {
			wrote := later(func() (int, error) { return a.Write(big) })
			for got := 0; got < len(big); {
				n, err := b.Read(buf)
				must(t, err)
				got += n
			}
			must(t, receive(t, wrote, "write").err)
		}
		for range rounds {
			exchange(t, a, b)
		}
		close(done)
		<-flipped
	})
}
