package await

import (
	"context"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// leakRounds is how often each way to make a descriptor is tried. A race that is lost
// once in 100,000 takes that many, and a minute for each way.
var leakRounds = flag.Int("leakrounds", 400, "rounds of each way to make a descriptor that is given up")

// A descriptor that is made as its caller gives up is closed. Each round ends at
// another moment of the operation.
func TestNoDescriptorIsLeft(t *testing.T) {
	for name, newRound := range descriptorMakers {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			l := listenHere(t, io)
			m := &leakRig{TB: t, io: io, l: l, named: listenByName(t), name: filepath.Join(tempDir(t), "file")}
			must(t, outside.WriteFile(m.name, []byte("contents"), 0o600))
			round := newRound(m)
			round(100 * time.Millisecond) // what comes with the first, and stays
			before := descriptors(t)
			var rounds sync.WaitGroup
			const goroutines = 4
			for range goroutines {
				rounds.Go(func() {
					for i := range *leakRounds / goroutines {
						round(time.Duration(1+i%200) * time.Microsecond)
					}
				})
			}
			rounds.Wait()
			testutil.Eventually(t, patience, func() bool { return descriptors(t) <= before },
				"%d descriptors again", before)
		})
	}
}

// descriptors counts those of the process.
func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(entries)
}

func listenHere(t *testing.T, io *IO) *Listener {
	t.Helper()
	l, err := io.Listen("unix", filepath.Join(tempDir(t), "socket"))
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	return l.(*Listener)
}

// A leakRig is what rounds need.
type leakRig struct {
	testing.TB
	io    *IO
	l     *Listener
	name  string // of a file
	named string // of a listener
}

// A round makes a descriptor, with a context that ends in a while. It returns when
// nobody waits for it any more.
type leakRound func(d time.Duration)

var descriptorMakers = map[string]func(m *leakRig) leakRound{
	"OpenContext": leakClosing(func(ctx context.Context, m *leakRig) (*File, error) {
		return m.io.OpenContext(ctx, m.name)
	}),
	"abandonable Open": leakClosing(func(ctx context.Context, m *leakRig) (*File, error) {
		return FileConfig{IO: m.io, Lending: LendAlways}.Open(ctx, m.name, os.O_RDONLY, 0)
	}),
	"abandonable Open of a directory": leakClosing(func(ctx context.Context, m *leakRig) (*File, error) {
		return FileConfig{IO: m.io, Lending: LendAlways}.Open(ctx, filepath.Dir(m.name), os.O_RDONLY, 0)
	}),
	"OpenAt": leakCalling(func(ctx context.Context, m *leakRig) (int, error) {
		return m.io.OpenAt(ctx, proactor.AtCWD, m.name, unix.O_RDONLY, 0)
	}),
	"Socket": leakCalling(func(ctx context.Context, m *leakRig) (int, error) {
		return m.io.Socket(ctx, unix.AF_UNIX, unix.SOCK_STREAM, 0)
	}),
	"Accept": leakCalling(func(ctx context.Context, m *leakRig) (int, error) {
		defer m.connect()()
		return m.io.Accept(ctx, m.l.d.FD, 0)
	}),
	"AcceptContext": leakClosing(func(ctx context.Context, m *leakRig) (*Conn, error) {
		defer m.connect()()
		return m.l.AcceptContext(ctx)
	}),
	"DialContext": leakClosing(func(ctx context.Context, m *leakRig) (net.Conn, error) {
		return m.io.DialContext(ctx, "unix", m.l.Addr().String())
	}),
	"DialContext, by name": leakClosing(func(ctx context.Context, m *leakRig) (net.Conn, error) {
		return m.io.DialContext(ctx, "tcp", m.named)
	}),
	"AdoptFile": leakCalling(func(_ context.Context, m *leakRig) (int, error) {
		f, err := os.Open(m.name)
		must(m, err)
		adopted, err := m.io.AdoptFile(f)
		must(m, err)
		return -1, adopted.Close()
	}),
	"Listen": leakClosing(func(ctx context.Context, m *leakRig) (net.Listener, error) {
		return (&ListenConfig{IO: m.io}).Listen(ctx, "tcp4", "127.0.0.1:0")
	}),
	"ListenPacket": leakClosing(func(ctx context.Context, m *leakRig) (net.PacketConn, error) {
		return (&ListenConfig{IO: m.io}).ListenPacket(ctx, "udp4", "127.0.0.1:0")
	}),
	"Connections": func(m *leakRig) leakRound {
		return func(d time.Duration) {
			ctx, cancel := context.WithTimeout(background, d)
			defer cancel()
			defer m.connect()()
			for c, err := range m.l.Connections(ctx) {
				if err == nil {
					must(m, c.Close())
					break // what was accepted ahead is nobody's
				}
			}
		}
	},
	"ReadDirContext": leakCalling(func(ctx context.Context, m *leakRig) (int, error) {
		_, err := m.io.ReadDirContext(ctx, filepath.Dir(m.name))
		return -1, err
	}),
	"ReadFileContext": leakCalling(func(ctx context.Context, m *leakRig) (int, error) {
		_, err := m.io.ReadFileContext(ctx, m.name)
		return -1, err
	}),
	"future, canceled": leakFuture(func(f *Future[int], d time.Duration) {
		time.Sleep(d)
		f.Cancel()
		<-f.Done()
	}),
	"future, canceled and taken": leakFuture(func(f *Future[int], d time.Duration) {
		go f.Cancel()
		if fd, err := f.Await(background); err == nil {
			f.Cancel() // of what is taken
			_ = unix.Close(fd)
		}
	}),
	"future, awaited": leakFuture(func(f *Future[int], d time.Duration) {
		ctx, cancel := context.WithTimeout(background, d)
		defer cancel()
		if fd, err := f.Await(ctx); err == nil {
			_ = unix.Close(fd)
		}
	}),
	"future, lost a race": func(m *leakRig) leakRound {
		return func(d time.Duration) {
			f := m.io.Async().OpenAt(proactor.AtCWD, m.name, unix.O_RDONLY, 0)
			if first, err := Race(background, f, m.io.Async().Sleep(d)); first == 0 && err == nil {
				fd, err := f.Await(background)
				must(m, err)
				_ = unix.Close(fd)
			}
			<-f.Done()
		}
	},
	"future accept": func(m *leakRig) leakRound {
		return func(d time.Duration) {
			f := m.io.Async().Accept(m.l.d.FD, 0)
			m.connect()()
			time.Sleep(d)
			f.Cancel()
			<-f.Done()
		}
	},
	"IO closed": func(m *leakRig) leakRound {
		return func(d time.Duration) {
			io, err := Start(Config{Loops: 1})
			must(m, err)
			abandonable, cancel := context.WithTimeout(background, d)
			defer cancel()
			f := io.Async().OpenAt(proactor.AtCWD, m.name, unix.O_RDONLY, 0)
			g, err := FileConfig{IO: io, Lending: LendAlways}.Open(abandonable, m.name, os.O_RDONLY, 0)
			f.Cancel()
			must(m, io.Close())
			if err == nil {
				must(m, g.Close())
			}
		}
	},
}

// listenByName is where a listener is whose connections nobody takes.
func listenByName(t testing.TB) (address string) {
	t.Helper()
	l, err := outside.Listen("tcp", "localhost:0")
	must(t, err)
	t.Cleanup(func() { must(t, l.Close()) })
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return net.JoinHostPort("localhost", port)
}

// connect connects to the rig's listener, and returns what ends that.
func (m *leakRig) connect() (end func()) {
	c, err := outside.Dial("unix", m.l.Addr().String())
	if err != nil { // the backlog is full of connections that nobody took
		return func() {}
	}
	return func() { _ = c.Close() }
}

// leakClosing is a round of a call whose result is closed.
func leakClosing[T interface{ Close() error }](call func(ctx context.Context, m *leakRig) (T, error)) func(m *leakRig) leakRound {
	return func(m *leakRig) leakRound {
		return func(d time.Duration) {
			ctx, cancel := context.WithTimeout(background, d)
			defer cancel()
			made, err := call(ctx, m)
			if err == nil {
				must(m, made.Close())
			} else if ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
				m.Error(err)
			}
		}
	}
}

// leakCalling is a round of a call whose result is a descriptor's number, or -1.
func leakCalling(call func(ctx context.Context, m *leakRig) (int, error)) func(m *leakRig) leakRound {
	return leakClosing(func(ctx context.Context, m *leakRig) (leakFD, error) {
		fd, err := call(ctx, m)
		return leakFD(fd), err
	})
}

// A leakFD is a descriptor's.
type leakFD int

func (n leakFD) Close() error {
	if n < 0 {
		return nil
	}
	return unix.Close(int(n))
}

// leakFuture is a round of a future that opens a file.
func leakFuture(end func(f *Future[int], d time.Duration)) func(m *leakRig) leakRound {
	return func(m *leakRig) leakRound {
		return func(d time.Duration) {
			end(m.io.Async().OpenAt(proactor.AtCWD, m.name, unix.O_RDONLY, 0), d)
		}
	}
}
