//go:build unix

package testutil

import (
	"errors"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// A descriptor is a number lent by the kernel and the file it stood for when
// the test came to own it. The file matters because numbers are reused:
// closing one twice may close a stranger's file.
type descriptor struct {
	fd       int
	dev, ino uint64
}

// owned holds the descriptors that tests have yet to close, by number.
var owned = struct {
	sync.Mutex
	files map[int]*descriptor
}{files: map[int]*descriptor{}}

// Own makes t close fd when it ends, unless Close or Disown came first. Every
// descriptor this package returns is owned already.
//
// A test that lets anything else close an owned descriptor fails.
func Own(t testing.TB, fd int) {
	t.Helper()
	d, err := identify(fd)
	if err != nil {
		t.Fatalf("own descriptor %d: %v", fd, err)
	}
	owned.Lock()
	stale := owned.files[fd]
	owned.files[fd] = d
	owned.Unlock()
	if stale != nil {
		t.Errorf("descriptor %d was owned already: closed without testutil.Close, or owned twice", fd)
	}
	t.Cleanup(func() {
		t.Helper()
		if d.take() {
			d.close(t)
		}
	})
}

// Close closes an owned descriptor before t ends.
func Close(t testing.TB, fd int) {
	t.Helper()
	take(t, fd).close(t)
}

// Disown leaves an owned descriptor to the caller or to the code under test,
// which closes it from now on.
func Disown(t testing.TB, fd int) {
	t.Helper()
	take(t, fd)
}

// take ends the ownership of fd.
func take(t testing.TB, fd int) *descriptor {
	t.Helper()
	owned.Lock()
	d := owned.files[fd]
	delete(owned.files, fd)
	owned.Unlock()
	if d == nil {
		t.Fatalf("descriptor %d is not owned", fd)
	}
	return d
}

// take ends the ownership of d and reports whether it still held.
func (d *descriptor) take() bool {
	owned.Lock()
	defer owned.Unlock()
	if owned.files[d.fd] != d {
		return false
	}
	delete(owned.files, d.fd)
	return true
}

// close closes d unless its number stands for another file by now.
func (d *descriptor) close(t testing.TB) {
	t.Helper()
	now, err := identify(d.fd)
	if err != nil || *now != *d {
		t.Errorf("descriptor %d was closed without testutil.Close or testutil.Disown", d.fd)
		return
	}
	// After EINTR the descriptor is closed on Linux and unspecified elsewhere;
	// trying again could close a stranger's. After ECONNRESET, which FreeBSD says
	// when the peer has left, it is closed too.
	if err := unix.Close(d.fd); err != nil && !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("close descriptor %d: %v", d.fd, err)
	}
}

func identify(fd int) (*descriptor, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	return &descriptor{fd: fd, dev: uint64(st.Dev), ino: uint64(st.Ino)}, nil
}

// ExhaustDescriptors uses up the descriptors of the process, until release.
func ExhaustDescriptors(t testing.TB) (release func()) {
	t.Helper()
	var before unix.Rlimit
	limit(t, unix.Getrlimit, &before)
	low := before
	low.Cur = min(before.Cur, 512)
	limit(t, unix.Setrlimit, &low)
	var fds []int
	for {
		fd, err := unix.Dup(0)
		if err != nil {
			break
		}
		fds = append(fds, fd)
	}
	released := false
	release = func() {
		if released {
			return
		}
		released = true
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
		limit(t, unix.Setrlimit, &before)
	}
	t.Cleanup(release)
	return release
}

func limit(t testing.TB, call func(what int, limit *unix.Rlimit) error, l *unix.Rlimit) {
	t.Helper()
	if err := call(unix.RLIMIT_NOFILE, l); err != nil {
		t.Fatalf("limit of descriptors: %v", err)
	}
}
