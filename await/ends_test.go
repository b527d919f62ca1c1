//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/proactor"
)

// wantTimedOut fails t unless err is the end of a call whose time was up.
func wantTimedOut(t testing.TB, err error, op string, fd int) {
	t.Helper()
	wantOpError(t, err, op, fd)
	wantIs(t, err, os.ErrDeadlineExceeded, proactor.ErrCanceled)
	wantIsNot(t, err, context.Canceled, context.DeadlineExceeded, net.ErrClosed)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got error %v, want a net.Error with Timeout() == true", err)
	}
}

// wantCanceledFor fails t unless err is the end of a call whose context ended.
func wantCanceledFor(t testing.TB, err, cause error, op string, fd int) {
	t.Helper()
	wantOpError(t, err, op, fd)
	wantIs(t, err, cause, proactor.ErrCanceled)
	wantIsNot(t, err, os.ErrDeadlineExceeded, net.ErrClosed)
	var timeout net.Error
	if want := errors.Is(cause, context.DeadlineExceeded); !errors.As(err, &timeout) || timeout.Timeout() != want {
		t.Errorf("got error %v, want a net.Error with Timeout() == %v", err, want)
	}
}

// fill sends on fd until it takes no more.
func fill(t testing.TB, fd int) {
	t.Helper()
	if simulated {
		simFill(t, fd, make([]byte, 1<<16))
		return
	}
	flags, err := fileFlags(t, fd)
	must(t, err)
	must(t, unix.SetNonblock(fd, true)) // some systems do not heed MSG_DONTWAIT
	defer func() { must(t, unix.SetNonblock(fd, flags&unix.O_NONBLOCK != 0)) }()
	b := make([]byte, 1<<16)
	for size := len(b); size > 0; {
		err := unix.Sendto(fd, b[:size], 0, nil)
		switch {
		case errors.Is(err, unix.EAGAIN):
			size /= 2
		case err != nil:
			t.Fatalf("send: %v", err)
		}
	}
}

// busyListener is the address of a listener that takes no more connections.
func busyListener(t testing.TB) (addr net.Addr, connecting int) {
	t.Helper()
	if simulated {
		addr = simBusyListener(t, "tcp4", "127.0.0.1:0")
		return addr, simSocket(t, netname.DialKind("tcp4", nil, addr))
	}
	if runtime.GOOS != "linux" {
		t.Skip("only Linux leaves a connect waiting when the backlog is full")
	}
	socket := func() int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		must(t, err)
		own(t, fd)
		return fd
	}
	fd := socket()
	must(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	must(t, unix.Listen(fd, 0))
	name, err := unix.Getsockname(fd)
	must(t, err)
	for {
		c := socket()
		must(t, unix.SetNonblock(c, true))
		if err := unix.Connect(c, name); !errors.Is(err, unix.EINPROGRESS) {
			must(t, err)
		}
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(c), Events: unix.POLLOUT}}, 50)
		must(t, err)
		if ready == 0 {
			break
		}
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}, socket()
}

// A waiting call is one that does not complete by itself.
type waiting struct {
	op      string
	prepare func(t *testing.T) (fd int, addr net.Addr)
	call    func(ctx context.Context, c calls, fd int, addr net.Addr) (int, error)
	timed   func(ctx context.Context, c calls, fd int, addr net.Addr, d time.Duration) (int, error) // nil: has no such form
}

func idleSocket(t *testing.T) (int, net.Addr) {
	a, _ := socketPair(t)
	return a, nil
}

func full(t *testing.T) (int, net.Addr) {
	a, _ := socketPair(t)
	fill(t, a)
	return a, nil
}

var waitingCalls = []waiting{
	{"recv", idleSocket,
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.Recv(ctx, fd, make([]byte, 8), 0)
		},
		func(ctx context.Context, c calls, fd int, _ net.Addr, d time.Duration) (int, error) {
			return c.RecvWithTimeout(ctx, fd, make([]byte, 8), 0, d)
		}},
	{"recvmsg", idleSocket,
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.RecvMsg(ctx, fd, message(8), 0)
		},
		func(ctx context.Context, c calls, fd int, _ net.Addr, d time.Duration) (int, error) {
			return c.RecvMsgWithTimeout(ctx, fd, message(8), 0, d)
		}},
	{"send", full,
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.Send(ctx, fd, make([]byte, 8), 0)
		},
		func(ctx context.Context, c calls, fd int, _ net.Addr, d time.Duration) (int, error) {
			return c.SendWithTimeout(ctx, fd, make([]byte, 8), 0, d)
		}},
	{"sendmsg", full,
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.SendMsg(ctx, fd, message(8), 0)
		},
		func(ctx context.Context, c calls, fd int, _ net.Addr, d time.Duration) (int, error) {
			return c.SendMsgWithTimeout(ctx, fd, message(8), 0, d)
		}},
	{"connect", func(t *testing.T) (int, net.Addr) {
		addr, fd := busyListener(t)
		return fd, addr
	},
		func(ctx context.Context, c calls, fd int, addr net.Addr) (int, error) {
			return 0, c.Connect(ctx, fd, addr)
		},
		func(ctx context.Context, c calls, fd int, addr net.Addr, d time.Duration) (int, error) {
			return 0, c.ConnectWithTimeout(ctx, fd, addr, d)
		}},
	{"accept", func(t *testing.T) (int, net.Addr) { fd, addr := listener(t); return fd, addr },
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) { return c.Accept(ctx, fd, 0) }, nil},
	{"read", func(t *testing.T) (int, net.Addr) { r, _ := pipe(t); return r, nil },
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.Read(ctx, fd, make([]byte, 8), proactor.CurrentPosition)
		}, nil},
	{"poll", idleSocket,
		func(ctx context.Context, c calls, fd int, _ net.Addr) (int, error) {
			return c.Poll(ctx, fd, unix.POLLIN)
		}, nil},
	{"sleep", func(*testing.T) (int, net.Addr) { return -1, nil },
		func(ctx context.Context, c calls, _ int, _ net.Addr) (int, error) { return 0, c.Sleep(ctx, time.Hour) }, nil},
}

func TestTimedOutCallSaysSo(t *testing.T) {
	for _, w := range waitingCalls {
		if w.timed == nil {
			continue
		}
		t.Run(w.op, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				fd, addr := w.prepare(t)
				for _, d := range []time.Duration{0, 3 * time.Millisecond} {
					start := time.Now()
					n, err := w.timed(background, c, fd, addr, d)
					if passed := time.Since(start); passed < d {
						t.Errorf("timed out after %v, want %v", passed, d)
					}
					wantTimedOut(t, err, w.op, fd)
					if n != 0 {
						t.Errorf("got count %d, want 0", n)
					}
					if w.op == "connect" {
						break // the socket is good for nothing any more
					}
				}
			})
		})
	}
}

func TestCanceledCallSaysWhy(t *testing.T) {
	for _, w := range waitingCalls {
		t.Run(w.op, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				fd, addr := w.prepare(t)
				cause := errors.New("changed my mind")
				ctx, cancel := context.WithCancelCause(background)
				defer cancel(nil)
				ended := later(func() (int, error) { return w.call(ctx, c, fd, addr) })
				waitUnderWay(t, io, 1)
				cancel(cause)
				o := receive(t, ended, "end of the call")
				wantCanceledFor(t, o.err, cause, w.op, fd)
				if o.n != 0 {
					t.Errorf("got count %d, want 0", o.n)
				}
			})
		})
	}
}

func TestDeadlineOfTheContextSaysSo(t *testing.T) {
	for _, w := range waitingCalls {
		t.Run(w.op, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				fd, addr := w.prepare(t)
				ctx, cancel := context.WithTimeout(background, 2*time.Millisecond)
				defer cancel()
				_, err := w.call(ctx, c, fd, addr)
				wantCanceledFor(t, err, context.DeadlineExceeded, w.op, fd)
			})
		})
	}
}

// Whichever comes first counts: a context that ends during a call with a timeout
// to come, and the other way round.
func TestEarlierOfTimeoutAndContextCounts(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		fd, _ := socketPair(t)
		ctx, cancel := context.WithTimeout(background, 2*time.Millisecond)
		defer cancel()
		_, err := c.RecvWithTimeout(ctx, fd, make([]byte, 8), 0, time.Hour)
		wantCanceledFor(t, err, context.DeadlineExceeded, "recv", fd)

		ctx, cancel = context.WithTimeout(background, time.Hour)
		defer cancel()
		_, err = c.RecvWithTimeout(ctx, fd, make([]byte, 8), 0, 2*time.Millisecond)
		wantTimedOut(t, err, "recv", fd)
	})
}

// The data is there, and the context ends as the call is made: whatever wins,
// the call returns either the data or the cause, and the data is not lost.
func TestCompletedCallIsNotCanceled(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	p := make([]byte, 1)
	completed := 0
	for i := range 2000 {
		mustWrite(t, a, []byte{byte(i)})
		ctx, cancel := context.WithCancel(background)
		go cancel()
		n, err := io.Recv(ctx, b, p, 0)
		switch {
		case err == nil:
			completed++
		default:
			wantCanceledFor(t, err, context.Canceled, "recv", b)
			n, err = io.Recv(background, b, p, 0)
		}
		wantCount(t, "Recv", n, err, 1)
		if p[0] != byte(i) {
			t.Fatalf("got byte %d, want %d", p[0], byte(i))
		}
	}
	t.Logf("%d of 2000 completed", completed)
}
