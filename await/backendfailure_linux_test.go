//go:build !kqueue

package await

import (
	"context"
	"errors"
	goio "io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// filtered tells the child which system call its filter is to forbid.
const filtered = "AWAITIO_TEST_FILTERED"

// A filter that comes when io_uring is in use already, as of a sandbox that a program
// enters, ends the calls under way with an error, and no process. The next calls go
// on with epoll.
func TestFilterThatComesLater(t *testing.T) {
	for _, loops := range []string{"one loop", "two loops"} {
		t.Run(loops, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestAfterTheFilter$", "-test.v")
			cmd.Env = append(os.Environ(), filtered+"="+loops, "PROACTOR_BACKEND=")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "--- PASS: TestAfterTheFilter") {
				t.Errorf("in a child: %v\n%s", err, out)
			}
		})
	}
}

// TestAfterTheFilter does its work in the child of the test above. Without a filter
// the same calls end as they should.
func TestAfterTheFilter(t *testing.T) {
	loops, broken := 1, os.Getenv(filtered) != ""
	if os.Getenv(filtered) == "two loops" {
		loops = 2
	}
	io, err := Start(Config{Loops: loops})
	must(t, err)
	l, err := io.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	a, _ := connected(t, io, l)
	blocked := []<-chan outcome{
		later(func() (int, error) { return a.Read(make([]byte, 1)) }),
		later(func() (int, error) { c, err := l.Accept(); closeIfAny(c); return 0, err }),
		later(func() (int, error) { return 0, io.Sleep(background, time.Hour) }),
		later(func() (int, error) { return 0, done(background, io.Async().Sleep(time.Hour)) }),
	}
	waitUnderWay(t, io, len(blocked))
	if !broken {
		must(t, io.Close())
	} else {
		must(t, testutil.Forbid(unix.SYS_IO_URING_ENTER, unix.EPERM))
		for fd := range loops { // each loop enters the kernel once more
			p, err := io.ProactorOf(fd)
			must(t, err)
			must(t, p.Nop(new(proactor.Completion), nil))
		}
	}
	for i, ended := range blocked {
		err := receive(t, ended, "end of a call").err
		if broken {
			wantIs(t, err, proactor.ErrBackendFailed, unix.EPERM)
			wantIsNot(t, err, net.ErrClosed, os.ErrDeadlineExceeded)
			t.Logf("call %d: %v", i, err)
		} else {
			wantIs(t, err, net.ErrClosed)
		}
	}
	if broken {
		goesOnWithEpoll(t, io, l)
	}
	_ = io.Close() // tells of the failure, if it is that of the last engine
}

// goesOnWithEpoll has the listener, which was made for io_uring, serve a connection.
func goesOnWithEpoll(t *testing.T, io *IO, l net.Listener) {
	t.Helper()
	a, b := connected(t, io, l)
	for range 100 {
		_, err := a.Write([]byte("ping"))
		must(t, err)
		_, err = goio.ReadFull(b, make([]byte, 4))
		must(t, err)
	}
	must(t, errors.Join(a.Close(), b.Close(), l.Close()))
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	wantIs(t, io.Sleep(ctx, time.Hour), context.DeadlineExceeded)
	if got := io.Backend(); got != "epoll" {
		t.Errorf("the backend is %q", got)
	}
	wantIs(t, io.BackendsPassed(), unix.EPERM)
}

func closeIfAny(c net.Conn) {
	if c != nil {
		_ = c.Close()
	}
}

// Where something else closes the descriptor that a loop has of the kernel, calls end
// with an error, the number is left alone, and the next calls go on with another.
func TestForeignCloseOfALoopsDescriptor(t *testing.T) {
	testutil.CheckLeaks(t)
	before := kernelObjects(t)
	io, err := Start(Config{Loops: 1})
	must(t, err)
	idle, _ := pipe(t)
	blocked := []<-chan outcome{
		later(func() (int, error) { return io.Read(background, idle, make([]byte, 1), proactor.CurrentPosition) }),
		later(func() (int, error) { return 0, io.Sleep(background, time.Hour) }),
	}
	waitUnderWay(t, io, len(blocked))
	fd := -1
	for n := range kernelObjects(t) {
		if !before[n] && (fd < 0 || n < fd) {
			fd = n // the first is the loop's own, and what comes later its duplicates
		}
	}
	// The number becomes another file's at once.
	other, err := unix.Open("/dev/zero", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	must(t, unix.Dup3(other, fd, unix.O_CLOEXEC))
	must(t, unix.Close(other))
	own(t, fd) // complains if it is closed
	_ = io.Nop(background)
	for _, ended := range blocked {
		err := receive(t, ended, "end of a call").err
		wantIs(t, err, proactor.ErrBackendFailed)
		t.Log(err)
	}
	r, w := pipe(t) // another: the kernel may not have let go of the first yet
	_, err = unix.Write(w, []byte("x"))
	must(t, err)
	n, err := io.Read(background, r, make([]byte, 1), proactor.CurrentPosition)
	wantCount(t, "read", n, err, 1)
	must(t, io.Close())
}

// kernelObjects are the process's descriptors of rings and polls.
func kernelObjects(t *testing.T) map[int]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	found := map[int]bool{}
	for _, e := range entries {
		link, _ := os.Readlink("/proc/self/fd/" + e.Name())
		if strings.Contains(link, "[io_uring]") || strings.Contains(link, "[eventpoll]") {
			n, err := strconv.Atoi(e.Name())
			must(t, err)
			found[n] = true
		}
	}
	return found
}
