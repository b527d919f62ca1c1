package await

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A watchman is a permission mark of fanotify whose listener does not answer:
// what needs its permission hangs in the kernel, uninterruptibly, as it would on
// a dead network mount. relent answers all and ends it.
type watchman struct{ fd int }

func refuseAnswer(t *testing.T, path string, what uint64) *watchman {
	t.Helper()
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT|unix.FAN_CLOEXEC, unix.O_RDONLY)
	if err != nil {
		t.Skipf("nothing here hangs a file operation: fanotify_init: %v", err)
	}
	w := &watchman{fd}
	t.Cleanup(w.relent)
	if err := unix.FanotifyMark(fd, unix.FAN_MARK_ADD, what, unix.AT_FDCWD, path); err != nil {
		w.relent()
		t.Skipf("nothing here hangs a file operation: fanotify_mark: %v", err)
	}
	return w
}

// waitAsked waits until n calls hang.
func (w *watchman) waitAsked(t *testing.T, n int) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		size, err := unix.IoctlGetInt(w.fd, unix.TIOCINQ) // of what can be read: fanotify(7)
		must(t, err)
		return size >= n*unix.FAN_EVENT_METADATA_LEN
	}, "%d calls hang", n)
}

func (w *watchman) relent() {
	if w.fd >= 0 {
		_ = unix.Close(w.fd) // allows what waits
		w.fd = -1
	}
}

// stuckFile is a file that lends always, whose reads hang until relent.
func stuckFile(t *testing.T, io *IO) (*File, *watchman) {
	t.Helper()
	path := newContents(t)
	w := refuseAnswer(t, path, unix.FAN_ACCESS_PERM) // first: the kernel looks for marks when a file is opened
	f, err := FileConfig{IO: io, Lending: LendAlways}.Open(background, path, os.O_RDWR, 0)
	must(t, err)
	return f, w
}

// promptly is how soon a call that is given up must return on a busy machine. Its disk does not answer
// before the test has it do so.
const promptly = patience / 2

func TestStuckReadReturnsWhenItsContextEnds(t *testing.T) {
	io := open(t, Config{})
	f, w := stuckFile(t, io)
	ctx, stop, cause := ending()
	p := make([]byte, 4096)
	testutil.Poison(p)
	read := later(func() (int, error) { return f.ReadAtContext(ctx, p, 0) })
	w.waitAsked(t, 1)
	must(t, io.Nop(background)) // the loop is not stuck
	start := time.Now()
	stop()
	o := receive(t, read, "the end of a stuck read")
	if elapsed := time.Since(start); elapsed > promptly {
		t.Errorf("a call that was given up took %v", elapsed)
	}
	wantIs(t, o.err, cause, proactor.ErrCanceled)
	if o.n != 0 {
		t.Errorf("got %d bytes", o.n)
	}
	waitListed(t, io, 1)
	if s := io.Stats(); s.Left != 1 || s.LentBytes == 0 {
		t.Errorf("%d calls were left, %d bytes are lent", s.Left, s.LentBytes)
	}
	must(t, io.Nop(background))
	start = time.Now()
	wantIs(t, f.Close(), ErrLeft)
	if elapsed := time.Since(start); elapsed > promptly {
		t.Errorf("Close took %v", elapsed)
	}
	_, err := f.ReadAt(p, 0)
	wantIs(t, err, os.ErrClosed)
	wantIs(t, f.Close(), os.ErrClosed)
	w.relent()
	waitListed(t, io, 0)
	if n := io.Stats().LentBytes; n != 0 {
		t.Errorf("%d bytes are still lent", n)
	}
	testutil.CheckPoison(t, p)
}

func TestStuckReadReturnsAtItsDeadline(t *testing.T) {
	io := open(t, Config{})
	f, w := stuckFile(t, io)
	must(t, f.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	start := time.Now()
	_, err := f.Read(make([]byte, 100))
	if elapsed := time.Since(start); elapsed > promptly {
		t.Errorf("a call with a deadline in 50 ms took %v", elapsed)
	}
	wantIs(t, err, os.ErrDeadlineExceeded)
	_, err = f.Read(make([]byte, 100))
	wantIs(t, err, os.ErrDeadlineExceeded)
	w.relent()
	waitListed(t, io, 0)
	must(t, f.SetReadDeadline(time.Time{}))
	n, err := f.ReadAt(make([]byte, 100), 0)
	wantCount(t, "ReadAt when all is well again", n, err, 100)
	must(t, f.Close())
}

func TestCloseOfAStuckFileEndsItsCalls(t *testing.T) {
	io := open(t, Config{})
	f, w := stuckFile(t, io)
	read := later(func() (int, error) { return f.Read(make([]byte, 100)) })
	w.waitAsked(t, 1)
	wantIs(t, f.Close(), ErrLeft)
	wantIs(t, receive(t, read, "the end of a read").err, os.ErrClosed, ErrLeft)
	w.relent()
	waitListed(t, io, 0)
}

// At most so many calls on a device are left; the next waits in line, and its context ends that.
func TestStuckCallsAreBounded(t *testing.T) {
	const workers = 4
	io := open(t, Config{Workers: workers})
	f, w := stuckFile(t, io)
	ctx, stop, cause := ending()
	calls := make([]<-chan outcome, 3*workers)
	for i := range calls {
		calls[i] = later(func() (int, error) { return f.ReadAtContext(ctx, make([]byte, 100), 0) })
	}
	w.waitAsked(t, workers)
	waitListed(t, io, len(calls))
	stop()
	for _, c := range calls {
		wantIs(t, receive(t, c, "the end of a read").err, cause)
	}
	waitListed(t, io, workers)
	w.relent()
	waitListed(t, io, 0)
	must(t, f.Close())
}

// waitListed waits until n calls are under way.
func waitListed(t *testing.T, io *IO, n int) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) == n }, "%d calls under way", n)
}

func TestStuckOpenReturns(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(path, nil, 0o600))
	w := refuseAnswer(t, path, unix.FAN_OPEN_PERM)
	ctx, stop, cause := ending()
	opened := later(func() (int, error) {
		_, err := FileConfig{IO: io, Lending: LendAlways}.Open(ctx, path, os.O_RDONLY, 0)
		return 0, err
	})
	w.waitAsked(t, 1)
	must(t, io.Nop(background))
	stop()
	wantIs(t, receive(t, opened, "the end of an open").err, cause)
	w.relent()
	waitInFlight(t, io, 0) // and CheckLeaks finds no descriptor
}

// A worker of a readiness backend blocks in open(2) of a FIFO that nobody opens
// at its other end; the caller does not.
func TestAbandonedOpenOfAFIFO(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	ctx, stop, cause := ending()
	opened := later(func() (int, error) {
		_, err := FileConfig{IO: io, Lending: LendAlways}.Open(ctx, path, os.O_RDONLY, 0)
		return 0, err
	})
	time.Sleep(50 * time.Millisecond)
	stop()
	wantIs(t, receive(t, opened, "the end of an open").err, cause)
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0) // lets a worker go
	if err == nil {
		must(t, unix.Close(fd))
	} else if !errors.Is(err, unix.ENXIO) {
		t.Error(err)
	}
	waitInFlight(t, io, 0)
}

// A Shutdown tells what its context could not end.
func TestShutdownTellsWhatIsLeft(t *testing.T) {
	io := open(t, Config{})
	f, w := stuckFile(t, io)
	ctx, cancel := context.WithCancel(background)
	read := later(func() (int, error) { return f.ReadAtContext(ctx, make([]byte, 100), 0) })
	waitListed(t, io, 1)
	cancel()
	wantIs(t, receive(t, read, "the end of a read").err, ErrLeft)
	other := later(func() (int, error) { return f.ReadAt(make([]byte, 100), 0) })
	waitListed(t, io, 2)
	ended, stop, cause := ending()
	stop()
	err := io.Shutdown(ended)
	wantIs(t, err, cause, ErrLeft)
	wantIs(t, receive(t, other, "the end of another").err, ErrLeft, net.ErrClosed)
	var left *LeftError
	if !errors.As(err, &left) || len(left.Operations) != 2 || left.Operations[0].Target != f.Name() || left.Operations[0].State != proactor.StateLeft {
		t.Errorf("%v tells of %+v, want two reads", err, left)
	}
	w.relent()
	waitListed(t, io, 0)
	must(t, f.Close())
}
