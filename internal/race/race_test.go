//go:build race && unix

package race

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// check has a goroutine write and release, and this one acquire and read. That the one
// waits for the other the detector does not see: it is a pipe's end, closed.
func check(t *testing.T, release, acquire func()) {
	t.Helper()
	r, w := testutil.Pipe(t)
	testutil.Disown(t, w)
	written := 0
	closed := make(chan error, 1)
	go func() {
		written = 1
		release()
		closed <- unix.Close(w)
	}()
	for events := []unix.PollFd{{Fd: int32(r), Events: unix.POLLIN}}; ; {
		if n, err := unix.Poll(events, -1); n > 0 || err != unix.EINTR {
			break
		}
	}
	acquire()
	if written != 1 {
		t.Errorf("%d was written", written)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestAReleaseHappensBeforeAnAcquire(t *testing.T) { check(t, Release, Acquire) }

// TestPackageSyscallDoesTheSame is why the other end may be anybody's.
func TestPackageSyscallDoesTheSame(t *testing.T) {
	check(t, func() { _, _ = syscall.Write(-1, nil) }, Acquire)
	r, _ := testutil.Pipe(t)
	check(t, Release, func() { _, _ = syscall.Read(r, nil) })
}

// TestAcquireFindsAnotherDescriptor has the program close the one there was.
func TestAcquireFindsAnotherDescriptor(t *testing.T) {
	check(t, Release, func() {
		if err := syscall.Close(int(ended.Load())); err != nil {
			t.Error(err)
		}
		Acquire()
	})
}

// TestTheDescriptorHasNothing reads what is there: the end.
func TestTheDescriptorHasNothing(t *testing.T) {
	n, err := syscall.Read(int(ended.Load()), make([]byte, 1))
	if n != 0 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}
