package proactor_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// terminal is one end of a pseudo-terminal.
func terminal(change func(t *testing.T, master, slave int) int) maker {
	return func(t *testing.T) int {
		master := special("/dev/ptmx", unix.O_RDWR)(t)
		number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
		if err == nil {
			err = unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		return change(t, master, special("/dev/pts/"+strconv.Itoa(number), unix.O_RDWR)(t))
	}
}

func event(value uint, flags int) maker {
	return func(t *testing.T) int {
		fd, err := unix.Eventfd(value, flags)
		return owned(t, fd, err)
	}
}

func timer(set bool) maker {
	return func(t *testing.T) int {
		fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0)
		owned(t, fd, err)
		if set {
			spec := unix.ItimerSpec{Value: unix.Timespec{Nsec: 1}}
			if err := unix.TimerfdSettime(fd, 0, &spec, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1); err != nil && err != unix.EINTR {
				t.Fatal(err)
			}
		}
		return fd
	}
}

func watch(t *testing.T) int {
	fd, err := unix.InotifyInit1(0)
	owned(t, fd, err)
	if _, err := unix.InotifyAddWatch(fd, t.TempDir(), unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return fd
}

func signals(t *testing.T) int {
	var set unix.Sigset_t
	set.Val[0] = 1 << (unix.SIGUSR2 - 1)
	fd, err := unix.Signalfd(-1, &set, 0)
	return owned(t, fd, err)
}

// optional is special for one that a machine need not have.
func optional(name string) maker {
	return func(t *testing.T) int {
		fd, err := unix.Open(name, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
		if err != nil {
			t.Skipf("open %s: %v", name, err)
		}
		return owned(t, fd, nil)
	}
}

var systemMakers = map[string]maker{
	"/dev/full": special("/dev/full", unix.O_RDWR),
	"path": func(t *testing.T) int {
		fd, err := unix.Open(os.TempDir(), unix.O_PATH, 0) // F_SETFL knows none of these
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, fd)
		return fd
	},
	"eventfd":                    event(0, 0),
	"eventfd that was told":      event(5, 0),
	"eventfd as a semaphore":     event(2, unix.EFD_SEMAPHORE),
	"timerfd":                    timer(false),
	"timerfd that is due":        timer(true),
	"signalfd":                   signals,
	"epoll":                      func(t *testing.T) int { fd, err := unix.EpollCreate1(0); return owned(t, fd, err) },
	"/dev/loop-control":          optional("/dev/loop-control"),
	"/dev/fuse":                  optional("/dev/fuse"),
	"/dev/net/tun":               optional("/dev/net/tun"),
	"inotify":                    watch,
	"inotify with an event":      func(t *testing.T) int { return touched(t, watch(t)) },
	"pidfd":                      func(t *testing.T) int { fd, err := unix.PidfdOpen(os.Getpid(), 0); return owned(t, fd, err) },
	"memfd":                      func(t *testing.T) int { fd, err := unix.MemfdCreate("x", 0); return owned(t, fd, err) },
	"terminal":                   terminal(func(_ *testing.T, _, slave int) int { return slave }),
	"terminal, its master":       terminal(func(_ *testing.T, master, _ int) int { return master }),
	"terminal whose slave left":  terminal(func(t *testing.T, master, slave int) int { testutil.Close(t, slave); return master }),
	"terminal whose master left": terminal(func(t *testing.T, master, slave int) int { testutil.Close(t, master); return slave }),
	"terminal with a line":       terminal(func(t *testing.T, master, slave int) int { mustWrite(t, master, []byte("x\n")); return slave }),
	"terminal with half a line":  terminal(func(t *testing.T, master, slave int) int { mustWrite(t, master, []byte("x")); return slave }),
	"records":                    pairEnd(unix.SOCK_SEQPACKET, func(*testing.T, int, int) {}),
	"records whose peer left":    pairEnd(unix.SOCK_SEQPACKET, func(t *testing.T, _, b int) { testutil.Close(t, b) }),
}

// touched makes something happen that fd is told of.
func touched(t *testing.T, fd int) int {
	file, err := os.Open(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	return fd
}

func halves(b []byte) [][]byte { return [][]byte{b[:len(b)/2], b[len(b)/2:]} }

var systemCalls = map[string]bareCall{
	"pread": {
		func(fd int, b []byte) (int, error) { return unix.Pread(fd, b, 0) },
		func(p *proactor.Proactor, o *op, fd int, b []byte) error { return p.Read(&o.c, fd, b, 0, o.done) },
	},
	"pwrite": {
		func(fd int, b []byte) (int, error) { return unix.Pwrite(fd, b, 0) },
		func(p *proactor.Proactor, o *op, fd int, b []byte) error { return p.Write(&o.c, fd, b, 0, o.done) },
	},
	"readv": {
		func(fd int, b []byte) (int, error) { return unix.Readv(fd, halves(b)) },
		func(p *proactor.Proactor, o *op, fd int, b []byte) error {
			return p.ReadV(&o.c, fd, halves(b), proactor.CurrentPosition, o.done)
		},
	},
	"writev": {
		func(fd int, b []byte) (int, error) { return unix.Writev(fd, halves(b)) },
		func(p *proactor.Proactor, o *op, fd int, b []byte) error {
			return p.WriteV(&o.c, fd, halves(b), proactor.CurrentPosition, o.done)
		},
	},
}

// A connect of a unix socket in non-blocking mode is answered as connect(2) would be:
// connected, or EAGAIN where the listener's backlog is full.
func TestUnixConnectIsAnsweredAtOnce(t *testing.T) {
	p := open(t, proactor.Config{})
	path := filepath.Join(t.TempDir(), "s")
	listener := unixSocket(t)
	if err := errors.Join(unix.Bind(listener, &unix.SockaddrUnix{Name: path}), unix.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	connected := 0
	for {
		fd := unixSocket(t)
		r := do(t, p, func(o *op) error {
			return p.Connect(&o.c, fd, &net.UnixAddr{Name: path, Net: "unix"}, o.done)
		})
		if r.Err != nil {
			wantIs(t, r.Err, unix.EAGAIN)
			break
		}
		if _, err := unix.Getpeername(fd); err != nil {
			t.Fatalf("connected, but to nobody: %v", err)
		}
		connected++
	}
	if connected == 0 {
		t.Error("none is connected")
	}
}

// unixSocket is in non-blocking mode.
func unixSocket(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	return fd
}
