//go:build unix

package proactor_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A maker makes a descriptor in some state, non-blocking.
type maker func(t *testing.T) int

// owned fails t for an error, and has it own fd otherwise.
func owned(t *testing.T, fd int, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	nonblocking(t, fd)
	return fd
}

// fifo makes a FIFO, and opens it once for each of flags. The last one is the
// descriptor, and an earlier one with O_CLOEXEC is closed again.
func fifo(flags ...int) maker {
	return func(t *testing.T) (last int) {
		name := filepath.Join(t.TempDir(), "fifo")
		if err := unix.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
		var leave []int
		for _, how := range flags {
			fd, err := unix.Open(name, how&^unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
			last = owned(t, fd, err)
			if how&unix.O_CLOEXEC != 0 {
				leave = append(leave, fd)
			}
		}
		for _, fd := range leave {
			testutil.Close(t, fd)
		}
		return last
	}
}

func special(name string, flags int) maker {
	return func(t *testing.T) int {
		fd, err := unix.Open(name, flags|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
		return owned(t, fd, err)
	}
}

// filled makes a descriptor that takes nothing any more.
func filled(m maker) maker {
	return func(t *testing.T) int {
		fd := m(t)
		for {
			if _, err := unix.Write(fd, make([]byte, 4096)); err == unix.EAGAIN {
				return fd
			} else if err != nil && err != unix.EINTR {
				t.Fatal(err)
			}
		}
	}
}

func pairEnd(kind int, change func(t *testing.T, a, b int)) maker {
	return func(t *testing.T) int {
		p, err := unix.Socketpair(unix.AF_UNIX, kind, 0)
		a, b := owned(t, p[0], err), owned(t, p[1], err)
		change(t, a, b)
		return a
	}
}

func lone(family, kind int) maker {
	return func(t *testing.T) int {
		fd, err := unix.Socket(family, kind, 0)
		return owned(t, fd, err)
	}
}

func pipeEnd(change func(t *testing.T, r, w int) int) maker {
	return func(t *testing.T) int {
		r, w := testutil.Pipe(t)
		nonblocking(t, r, w)
		return change(t, r, w)
	}
}

// makers are descriptors in states that calls on them may meet; systemMakers are this
// system's.
var makers = map[string]maker{
	"FIFO without a writer":                fifo(unix.O_RDONLY),
	"FIFO with a writer":                   fifo(unix.O_RDONLY, unix.O_WRONLY, unix.O_RDONLY),
	"FIFO whose writer left":               fifo(unix.O_RDONLY, unix.O_WRONLY|unix.O_CLOEXEC, unix.O_RDONLY),
	"FIFO open both ways":                  fifo(unix.O_RDWR),
	"FIFO with a reader":                   fifo(unix.O_RDONLY, unix.O_WRONLY),
	"FIFO whose reader left":               fifo(unix.O_RDONLY|unix.O_CLOEXEC, unix.O_WRONLY),
	"FIFO that is full":                    filled(fifo(unix.O_RDONLY, unix.O_WRONLY)),
	"pipe":                                 pipeEnd(func(_ *testing.T, r, _ int) int { return r }),
	"pipe, its other end":                  pipeEnd(func(_ *testing.T, _, w int) int { return w }),
	"pipe whose writer left":               pipeEnd(func(t *testing.T, r, w int) int { testutil.Close(t, w); return r }),
	"pipe whose reader left":               pipeEnd(func(t *testing.T, r, w int) int { testutil.Close(t, r); return w }),
	"pipe that is full":                    filled(pipeEnd(func(_ *testing.T, _, w int) int { return w })),
	"pipe with a byte":                     pipeEnd(func(t *testing.T, r, w int) int { mustWrite(t, w, []byte("x")); return r }),
	"/dev/null":                            special("/dev/null", unix.O_RDWR),
	"/dev/null for reading":                special("/dev/null", unix.O_RDONLY),
	"/dev/zero":                            special("/dev/zero", unix.O_RDWR),
	"directory":                            special(os.TempDir(), unix.O_RDONLY),
	"TCP socket that is not connected":     lone(unix.AF_INET, unix.SOCK_STREAM),
	"unix socket that is not connected":    lone(unix.AF_UNIX, unix.SOCK_STREAM),
	"UDP socket that is not connected":     lone(unix.AF_INET, unix.SOCK_DGRAM),
	"unix datagrams that are unconnected":  lone(unix.AF_UNIX, unix.SOCK_DGRAM),
	"TCP listener":                         func(t *testing.T) int { fd, _ := testutil.Listener(t); nonblocking(t, fd); return fd },
	"stream":                               pairEnd(unix.SOCK_STREAM, func(*testing.T, int, int) {}),
	"stream whose peer left":               pairEnd(unix.SOCK_STREAM, func(t *testing.T, _, b int) { testutil.Close(t, b) }),
	"stream that ended":                    pairEnd(unix.SOCK_STREAM, func(_ *testing.T, _, b int) { _ = unix.Shutdown(b, unix.SHUT_WR) }),
	"stream that was shut down":            pairEnd(unix.SOCK_STREAM, func(_ *testing.T, a, _ int) { _ = unix.Shutdown(a, unix.SHUT_RDWR) }),
	"datagrams":                            pairEnd(unix.SOCK_DGRAM, func(*testing.T, int, int) {}),
	"datagrams whose peer left":            pairEnd(unix.SOCK_DGRAM, func(t *testing.T, _, b int) { testutil.Close(t, b) }),
	"file that is written to at an offset": func(t *testing.T) int { fd, _ := testutil.TempFile(t, 3); nonblocking(t, fd); return fd },
}

// bareCall is a system call and the operation that stands for it.
type bareCall struct {
	call   func(fd int, b []byte) (int, error)
	submit func(p *proactor.Proactor, o *op, fd int, b []byte) error
}

var bareCalls = map[string]bareCall{
	"read": {unix.Read, func(p *proactor.Proactor, o *op, fd int, b []byte) error {
		return p.Read(&o.c, fd, b, proactor.CurrentPosition, o.done)
	}},
	"write": {unix.Write, func(p *proactor.Proactor, o *op, fd int, b []byte) error {
		return p.Write(&o.c, fd, b, proactor.CurrentPosition, o.done)
	}},
	"recv": {
		func(fd int, b []byte) (int, error) {
			n, _, err := unix.Recvfrom(fd, b, 0)
			return n, err
		},
		func(p *proactor.Proactor, o *op, fd int, b []byte) error { return p.Recv(&o.c, fd, b, 0, o.done) },
	},
	"send": {
		func(fd int, b []byte) (int, error) { return unix.SendmsgN(fd, b, nil, nil, 0) },
		func(p *proactor.Proactor, o *op, fd int, b []byte) error { return p.Send(&o.c, fd, b, 0, o.done) },
	},
}

// What the kernel answers at once to a call on a non-blocking descriptor is the
// operation's answer, at once. Only where it says EAGAIN does the operation wait.
func TestAnswersOfNonBlockingDescriptors(t *testing.T) {
	p := open(t, proactor.Config{})
	states, calls := maps.Clone(makers), maps.Clone(bareCalls)
	maps.Copy(states, systemMakers)
	maps.Copy(calls, systemCalls)
	for state, make := range states {
		for name, call := range calls {
			for _, size := range []int{4, 8} {
				t.Run(state+"/"+name+"/"+strconv.Itoa(size), func(t *testing.T) { atOnce(t, p, make, make, call, size) })
			}
		}
	}
}

// An answer that does not depend on the mode is given at once in blocking mode too.
func TestAnswersOfBlockingDescriptors(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere nothing tells what a call would answer, but the call")
	}
	p := open(t, proactor.Config{})
	states, calls := maps.Clone(makers), maps.Clone(bareCalls)
	maps.Copy(states, systemMakers)
	maps.Copy(calls, systemCalls)
	delete(states, "FIFO without a writer") // poll(2) does not tell that it has none, nor does anything else
	delete(states, "path")                  // has no mode
	for state, make := range states {
		for name, call := range calls {
			t.Run(state+"/"+name, func(t *testing.T) {
				blocking := func(t *testing.T) int {
					fd := make(t)
					if err := unix.SetNonblock(fd, false); err != nil {
						t.Fatal(err)
					}
					return fd
				}
				atOnce(t, p, make, blocking, call, 8)
			})
		}
	}
}

// atOnce compares the system call on a descriptor of one maker with the operation on
// one of the other.
func atOnce(t *testing.T, p *proactor.Proactor, bare, make maker, call bareCall, size int) {
	want, got := message(size), message(size)
	n, err := call.call(bare(t), want)
	for err == unix.EINTR {
		n, err = call.call(bare(t), want)
	}
	fd := make(t)
	o := start(t, func(o *op) error { return call.submit(p, o, fd, got) })
	if err == unix.EAGAIN {
		tickUnfinished(t, p, o)
		p.RequestCancel(&o.c)
		wantIs(t, wait(t, p, o).Err, proactor.ErrCanceled)
		return
	}
	r := wait(t, p, o)
	if errno, _ := err.(syscall.Errno); r.N != max(n, 0) || !errors.Is(r.Err, errno) && !(err == nil && r.Err == nil) {
		t.Errorf("got %d, %v; the system call %d, %v", r.N, r.Err, n, err)
	}
	if !bytes.Equal(got[:r.N], want[:r.N]) && r.N < 16 {
		t.Errorf("got %q, the system call %q", got[:r.N], want[:r.N])
	}
}

// message is a one, as an eventfd takes it.
func message(size int) []byte { return append([]byte{1}, bytes.Repeat([]byte{0}, size-1)...) }
