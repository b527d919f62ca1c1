//go:build unix

package await

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// openToCount is open for a test that counts allocations.
func openToCount(t *testing.T) *IO {
	t.Helper()
	config := Config{}
	if race.Enabled {
		config.Loops = 1 // the detector has a sync.Pool lose records, which are made anew
	}
	io := open(t, config)
	if io.Backend() == "kqueue" && runtime.GOOS == "linux" {
		t.Skip("the emulation of kqueue allocates when it wakes a loop that waits")
	}
	return io
}

// D7: blocking calls allocate nothing in steady state.
func TestBlockingCallsDoNotAllocate(t *testing.T) {
	io := openToCount(t)
	cancelable, cancel := context.WithCancel(background)
	defer cancel()
	a, b := socketPair(t)
	fd, path := tempFile(t, 4096)
	listener, addr := listener(t)
	p, q := make([]byte, 64), make([]byte, 64)
	out, in := &proactor.Message{Buffers: [][]byte{p}}, &proactor.Message{Buffers: [][]byte{q}}
	var stat proactor.Stat
	fill64 := func(ctx context.Context) error { _, err := io.Send(ctx, a, p, 0); return err }
	tests := []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"Nop", func(ctx context.Context) error { return io.Nop(ctx) }},
		{"Sleep", func(ctx context.Context) error { return io.Sleep(ctx, 0) }},
		{"Send and Recv", func(ctx context.Context) error {
			if err := fill64(ctx); err != nil {
				return err
			}
			_, err := io.Recv(ctx, b, q, 0)
			return err
		}},
		{"SendWithTimeout and RecvWithTimeout", func(ctx context.Context) error {
			if _, err := io.SendWithTimeout(ctx, a, p, 0, time.Hour); err != nil {
				return err
			}
			_, err := io.RecvWithTimeout(ctx, b, q, 0, time.Hour)
			return err
		}},
		{"SendMsg and RecvMsg", func(ctx context.Context) error {
			if _, err := io.SendMsg(ctx, a, out, 0); err != nil {
				return err
			}
			_, err := io.RecvMsg(ctx, b, in, 0)
			return err
		}},
		{"Poll", func(ctx context.Context) error { _, err := io.Poll(ctx, a, unix.POLLOUT); return err }},
		{"Read", func(ctx context.Context) error { _, err := io.Read(ctx, fd, p, 0); return err }},
		{"Write", func(ctx context.Context) error { _, err := io.Write(ctx, fd, p, 0); return err }},
		{"Fsync", func(ctx context.Context) error { return io.Fsync(ctx, fd, proactor.FsyncDataOnly) }},
		{"OpenAt and CloseFD", func(ctx context.Context) error {
			fd, err := io.OpenAt(ctx, proactor.AtCWD, path, unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			return io.CloseFD(ctx, fd)
		}},
		{"Statx", func(ctx context.Context) error { return io.Statx(ctx, proactor.AtCWD, path, 0, statxBasic, &stat) }},
		{"Socket, Connect, Accept, Shutdown and CloseFD", func(ctx context.Context) error {
			return connectAndClose(ctx, io, listener, addr)
		}},
	}
	contexts := map[string]context.Context{"background": background, "cancelable": cancelable}
	for _, tt := range tests {
		for name, ctx := range contexts {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				call := func() {
					if err := tt.call(ctx); err != nil {
						t.Fatal(err)
					}
				}
				for range 100 { // to steady state
					call()
				}
				if rule := allocates[tt.name]; rule != "" && !testutil.Holds(t, io.Backend(), rule) {
					return
				}
				if n := testing.AllocsPerRun(100, call); n > 0 {
					t.Errorf("%v allocations, want none", n)
				}
			})
		}
	}
}

// connectAndClose is the life of a connection.
func connectAndClose(ctx context.Context, io *IO, listener int, addr net.Addr) error {
	client, err := io.Socket(ctx, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := io.Connect(ctx, client, addr); err != nil {
		return err
	}
	server, err := io.Accept(ctx, listener, 0)
	if err != nil {
		return err
	}
	if err := io.ShutdownSocket(ctx, client, unix.SHUT_RDWR); err != nil {
		return err
	}
	if err := io.CloseFD(ctx, client); err != nil {
		return err
	}
	return io.CloseFD(ctx, server)
}

// allocates are the calls that some backends do with allocations, and the rules
// that say so.
var allocates = map[string]string{
	"SendMsg and RecvMsg": "messages, accept and connect allocate nothing",
	"Read":                "file operations allocate nothing",
	"Write":               "file operations allocate nothing",
	"Fsync":               "file operations allocate nothing",
	"OpenAt and CloseFD":  "file operations allocate nothing",
	"Statx":               "file operations allocate nothing",
	"Socket, Connect, Accept, Shutdown and CloseFD": "messages, accept and connect allocate nothing",
}

// Calls of packages net and os allocate what they do here.
func TestAllocationsAreNetsAndOS(t *testing.T) {
	io := openToCount(t)
	p, err := io.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer p.Close()
	q, err := outside.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	defer q.Close()
	ours, theirs := p.(*PacketConn), q.(*net.UDPConn)
	atP, atQ := p.LocalAddr(), q.LocalAddr()
	b := make([]byte, 8)
	f, err := io.Create(filepath.Join(tempDir(t), "f"))
	must(t, err)
	defer f.Close()
	g, err := os.Create(filepath.Join(tempDir(t), "g"))
	must(t, err)
	defer g.Close()
	long := strings.Repeat("a string that does not fit into a small buffer", 4)
	for _, tt := range []struct {
		name         string
		ours, theirs func() error
		files        bool
	}{
		{"ReadFrom", func() error { _, _ = ours.WriteTo(b, atP); _, _, err := ours.ReadFrom(b); return err },
			func() error { _, _ = theirs.WriteTo(b, atQ); _, _, err := theirs.ReadFrom(b); return err }, false},
		{"ReadFromUDP", func() error { _, _ = ours.WriteTo(b, atP); _, _, err := ours.ReadFromUDP(b); return err },
			func() error { _, _ = theirs.WriteTo(b, atQ); _, _, err := theirs.ReadFromUDP(b); return err }, false},
		{"WriteString", func() error { _, err := f.WriteString(long); return err },
			func() error { _, err := g.WriteString(long); return err }, true},
	} {
		rule := "messages, accept and connect allocate nothing"
		if tt.files {
			rule = "file operations allocate nothing"
		}
		if !testutil.Holds(t, io.Backend(), rule) {
			continue
		}
		count := func(call func() error) float64 {
			return testing.AllocsPerRun(200, func() { must(t, call()) })
		}
		if got, want := count(tt.ours), count(tt.theirs); got > want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, want)
		}
	}
}

// The collection of each closed connection started a goroutine.
func TestCollectionOfClosedConnsIsCheap(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	must(t, a.Close())
	if n := testing.AllocsPerRun(100, func() { forget(a.d) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
