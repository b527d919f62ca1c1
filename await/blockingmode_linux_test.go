package await

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A source is a descriptor in blocking mode that is read, with what makes it readable.
// poll(2) does not promise that a read of it returns: another reader may come first.
type source struct {
	name string
	open func(t *testing.T) (fd int, feed func())
}

// sources are of all kinds that a program has in blocking mode.
var sources = []source{
	{"terminal", func(t *testing.T) (int, func()) {
		master, slave := rawTerminal(t)
		return slave, func() { writeAll(t, master, []byte("x")) }
	}},
	{"terminal's other end", func(t *testing.T) (int, func()) {
		master, slave := rawTerminal(t)
		return master, func() { writeAll(t, slave, []byte("x")) }
	}},
	{"pipe", func(t *testing.T) (int, func()) {
		r, w := pipe(t)
		return r, func() { writeAll(t, w, []byte("x")) }
	}},
	{"FIFO", func(t *testing.T) (int, func()) {
		fd := newFIFO(t)
		return fd, func() { writeAll(t, fd, []byte("x")) }
	}},
	{"unix socket", func(t *testing.T) (int, func()) {
		a, b := socketPair(t)
		return a, func() { writeAll(t, b, []byte("x")) }
	}},
	{"eventfd", func(t *testing.T) (int, func()) {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_SEMAPHORE)
		must(t, err)
		own(t, fd)
		return fd, func() { writeAll(t, fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}) } // little-endian or not: some number
	}},
	{"timerfd", func(t *testing.T) (int, func()) {
		fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
		must(t, err)
		own(t, fd)
		return fd, func() {
			must(t, unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Value: unix.Timespec{Nsec: 1}}, nil))
		}
	}},
	{"inotify", func(t *testing.T) (int, func()) {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		must(t, err)
		own(t, fd)
		_, path := tempFile(t, 1)
		_, err = unix.InotifyAddWatch(fd, path, unix.IN_ATTRIB)
		must(t, err)
		return fd, func() { must(t, outside.Chmod(path, 0o600)) }
	}},
}

// rawTerminal is the two ends of a terminal that passes bytes through unchanged.
func rawTerminal(t *testing.T) (master, slave int) {
	t.Helper()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	own(t, master)
	must(t, unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	must(t, err)
	slave, err = unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	must(t, err)
	own(t, slave)
	modes, err := unix.IoctlGetTermios(slave, unix.TCGETS)
	must(t, err)
	modes.Iflag, modes.Oflag, modes.Lflag = 0, 0, 0
	must(t, unix.IoctlSetTermios(slave, unix.TCSETS, modes))
	return master, slave
}

// newFIFO is a FIFO that is open for both, so that neither end is missing.
func newFIFO(t *testing.T) int {
	t.Helper()
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	must(t, err)
	own(t, fd)
	return fd
}

func writeAll(t *testing.T, fd int, p []byte) {
	t.Helper()
	for len(p) > 0 {
		n, err := unix.Write(fd, p)
		if err == unix.EINTR {
			continue
		}
		must(t, err)
		p = p[n:]
	}
}

// wantServed fails t if a loop does not serve other calls.
func wantServed(t *testing.T, io *IO, while string) {
	t.Helper()
	receive(t, later(func() (int, error) { return 0, io.Nop(background) }), "call that does nothing, while "+while)
}

// A read in blocking mode that has nothing to read ends with its context and at its
// deadline, and no other call waits for it.
func TestReadInBlockingModeEnds(t *testing.T) {
	io := open(t, Config{Loops: 1})
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			fd, feed := s.open(t)
			p := make([]byte, 4096)
			ctx, stop, cause := ending()
			read := later(func() (int, error) { return io.Read(ctx, fd, p, proactor.CurrentPosition) })
			waitUnderWay(t, io, 1)
			wantServed(t, io, "a read waits")
			stop()
			wantIs(t, receive(t, read, "the end of a read").err, cause, proactor.ErrCanceled)

			feed()
			n, err := io.Read(background, fd, p, proactor.CurrentPosition)
			if n == 0 || err != nil {
				t.Errorf("after that: %d, %v", n, err)
			}

			disown(t, fd)
			f, err := io.NewFile(uintptr(fd), s.name)
			must(t, err)
			must(t, f.SetReadDeadline(time.Now().Add(10*time.Millisecond)))
			_, err = f.Read(p)
			wantIs(t, err, os.ErrDeadlineExceeded)
			must(t, f.SetReadDeadline(time.Time{}))
			read = later(func() (int, error) { return f.Read(p) })
			waitUnderWay(t, io, 1)
			must(t, f.Close())
			wantIs(t, receive(t, read, "the end of a read").err, os.ErrClosed)
		})
	}
}

// Two read the same thing in blocking mode, one of them past the proactor. The
// one that comes too late goes on waiting: that is not to hold up a loop.
func TestReadInBlockingModeBesideAnotherReader(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 50
	}
	io := open(t, Config{Loops: 1})
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			fd, feed := s.open(t)
			size := 1
			if s.name != "terminal" && s.name != "pipe" {
				size = 4096
			}
			var reads atomic.Int64
			var enough atomic.Bool
			other := later(func() (n int, err error) {
				for p := make([]byte, size); !enough.Load() && err == nil; {
					if n, err = unix.Read(fd, p); err == unix.EINTR {
						err = nil
					} else if err == nil {
						reads.Add(1)
					}
				}
				return n, err
			})
			ctx, stop, _ := ending()
			ours := later(func() (n int, err error) {
				for p := make([]byte, size); err == nil; {
					if n, err = io.Read(ctx, fd, p, proactor.CurrentPosition); err == nil {
						reads.Add(1)
					}
				}
				return n, err
			})
			for range rounds {
				before := reads.Load()
				feed()
				testutil.Eventually(t, patience, func() bool { return reads.Load() > before }, "somebody reads")
				wantServed(t, io, "two read")
				if t.Failed() {
					break
				}
			}
			enough.Store(true)
			stop()
			for ended := false; !ended; {
				select {
				case <-other:
					ended = true
				default:
					feed()
					time.Sleep(time.Millisecond)
				}
			}
			wantIs(t, receive(t, ours, "the end of a read").err, proactor.ErrCanceled)
		})
	}
}

// A write in blocking mode for which there is no room ends with its context, tells how
// much it wrote, and no other call waits for it.
func TestWriteInBlockingModeEnds(t *testing.T) {
	io := open(t, Config{Loops: 1})
	for name, pair := range map[string]func(t *testing.T) (to, from int){
		"terminal":             func(t *testing.T) (int, int) { master, slave := rawTerminal(t); return slave, master },
		"terminal's other end": func(t *testing.T) (int, int) { master, slave := rawTerminal(t); return master, slave },
		"pipe":                 func(t *testing.T) (int, int) { r, w := pipe(t); return w, r },
		"FIFO":                 func(t *testing.T) (int, int) { fd := newFIFO(t); return fd, fd },
		"unix socket":          func(t *testing.T) (int, int) { return socketPair(t) },
	} {
		for _, first := range []int{0, 100} { // so that what is left has another size
			t.Run(fmt.Sprintf("%s, after %d bytes", name, first), func(t *testing.T) {
				to, from := pair(t)
				writeAll(t, to, make([]byte, first))
				ctx, stop, cause := ending()
				write := later(func() (int, error) {
					return io.Write(ctx, to, make([]byte, 1<<20), proactor.CurrentPosition)
				})
				waitUnderWay(t, io, 1)
				time.Sleep(20 * time.Millisecond)
				wantServed(t, io, "a write waits")
				stop()
				o := receive(t, write, "the end of a write")
				wantIs(t, o.err, cause, proactor.ErrCanceled)
				if got := drained(t, from); got != first+o.n {
					t.Errorf("%d bytes arrived, want %d: what came before, and %d written", got, first+o.n, o.n)
				}
			})
		}
	}
}

// drained is how many bytes can be read from fd until there are no more for a while.
func drained(t *testing.T, fd int) (n int) {
	t.Helper()
	p := make([]byte, 1<<16)
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		ready, err := unix.Poll(fds, 50)
		if err == unix.EINTR {
			continue
		}
		must(t, err)
		if ready == 0 {
			return n
		}
		m, err := unix.Read(fd, p)
		must(t, err)
		n += m
	}
}
