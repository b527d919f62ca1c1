//go:build unix

package await

import (
	"bytes"
	"errors"
	goio "io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// shutdownBeside begins a Shutdown, and returns once calls are refused.
func shutdownBeside(t *testing.T, io *IO) (ended <-chan outcome) {
	t.Helper()
	ended = later(func() (int, error) { return 0, io.Shutdown(background) })
	testutil.Eventually(t, patience, func() bool { return io.Nop(background) != nil }, "calls are refused")
	return ended
}

// dialedTo is a connection of io, and its peer, which is none of io.
func dialedTo(t *testing.T, io *IO, network string) (ours *Conn, peer net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(tempDir(t), "s")
	}
	l, err := outside.Listen(network, address)
	must(t, err)
	defer l.Close()
	c, err := io.Dial(network, l.Addr().String())
	must(t, err)
	peer, err = l.Accept()
	must(t, err)
	return c.(*Conn), peer
}

// A call that has begun before a Shutdown ends as it would have without, whatever operations it needs.
func TestShutdownLetsCallsGoOn(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	writes := map[string]func(c *Conn) (int, error){
		"a write": func(c *Conn) (int, error) { return c.Write(data) },
		"a write of buffers": func(c *Conn) (int, error) {
			buffers := net.Buffers(slices.Collect(slices.Chunk(data, 4<<10)))
			n, err := c.WriteBuffers(&buffers)
			return int(n), err
		},
		"a copy": func(c *Conn) (int, error) {
			n, err := c.ReadFrom(bytes.NewReader(data))
			return int(n), err
		},
		"writes in line": func(c *Conn) (int, error) {
			half := len(data) / 2
			first := later(func() (int, error) { return c.Write(data[:half]) })
			testutil.Eventually(t, patience, func() bool { return len(c.d.Loop.Loops.Operations(0)) > 0 }, "the first is under way")
			second := later(func() (int, error) { return c.Write(data[half:]) })
			one, two := receive(t, first, "the first write"), receive(t, second, "the second write")
			return one.n + two.n, errors.Join(one.err, two.err)
		},
	}
	for _, network := range []string{"tcp4", "unix"} {
		for name, write := range writes {
			calls := 1
			if name == "writes in line" {
				calls = 2
			}
			t.Run(network+" "+name, func(t *testing.T) { endsAsWithout(t, network, data, calls, write) })
		}
	}
}

// endsAsWithout has a peer take nothing until the call waits and a Shutdown has begun.
func endsAsWithout(t *testing.T, network string, data []byte, calls int, write func(c *Conn) (int, error)) {
	io := open(t, Config{Loops: testLoops})
	c, peer := dialedTo(t, io, network)
	written := later(func() (int, error) {
		n, err := write(c)
		return n, errors.Join(err, c.Close())
	})
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) == calls }, "the call waits")
	ended := shutdownBeside(t, io)
	got, err := goio.ReadAll(peer)
	must(t, err)
	o := receive(t, written, "the end of the call")
	wantCount(t, "the call", o.n, o.err, len(data))
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes came, and others", len(got))
	}
	must(t, receive(t, ended, "the end of Shutdown").err)
	must(t, peer.Close())
}

// A dial goes on with the next address.
func TestShutdownLetsADialGoOn(t *testing.T) {
	needV6(t)
	io := open(t, Config{Loops: testLoops})
	l, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	first, goOn := make(chan struct{}), make(chan struct{})
	var attempts atomic.Int32
	d := twoFacedDialer(io)
	d.FallbackDelay = -1
	d.Control = func(string, string, syscall.RawConn) error {
		if attempts.Add(1) > 1 {
			return nil
		}
		close(first)
		<-goOn
		return syscall.EADDRNOTAVAIL
	}
	dialing := later(func() (int, error) {
		c, err := d.Dial("tcp", "host.example.:"+port)
		if err != nil {
			return 0, err
		}
		return 0, c.Close()
	})
	testutil.Receive(t, first, "the first attempt")
	ended := shutdownBeside(t, io)
	close(goOn)
	must(t, receive(t, dialing, "the end of the dial").err)
	must(t, receive(t, ended, "the end of Shutdown").err)
	must(t, l.Close())
}

// A file is read to its end, though it is a FIFO whose writer comes later.
func TestShutdownLetsAReadOfAFileGoOn(t *testing.T) {
	if simulated {
		t.Skip("a simulated disk has no FIFOs")
	}
	io := open(t, Config{})
	name := filepath.Join(t.TempDir(), "fifo")
	must(t, unix.Mkfifo(name, 0o600))
	data := bytes.Repeat([]byte("x"), 1<<20)
	read := later(func() (int, error) {
		got, err := io.ReadFileContext(t.Context(), name)
		return len(got), err
	})
	testutil.Eventually(t, patience, func() bool { return io.loops.InUse() && len(io.Operations(0)) > 0 }, "the file is being opened")
	ended := shutdownBeside(t, io)
	w, err := os.OpenFile(name, os.O_WRONLY, 0)
	must(t, err)
	_, err = w.Write(data)
	must(t, err)
	must(t, w.Close())
	o := receive(t, read, "the end of the read")
	wantCount(t, "the read", o.n, o.err, len(data))
	must(t, receive(t, ended, "the end of Shutdown").err)
}
