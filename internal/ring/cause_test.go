//go:build linux

package ring

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLikelyCause(t *testing.T) {
	for _, c := range []struct {
		errno unix.Errno
		host  host
		want  string
	}{
		{unix.ENOSYS, host{}, "seccomp"},
		{unix.ENOSYS, host{}, "older than 5.1"},
		{unix.EPERM, host{disabled: "2"}, "kernel.io_uring_disabled=2"},
		{unix.EPERM, host{disabled: "1"}, "kernel.io_uring_disabled=1"},
		{unix.EPERM, host{disabled: "1"}, "kernel.io_uring_group"},
		{unix.EPERM, host{disabled: "0"}, "seccomp"},
		{unix.EPERM, host{}, "seccomp"},
		{unix.EACCES, host{}, "SELinux"},
		{unix.ENOMEM, host{memlock: 65536}, "RLIMIT_MEMLOCK is 65536 bytes"},
		{unix.ENOMEM, host{memlock: unix.RLIM_INFINITY}, "RLIMIT_MEMLOCK is unlimited"},
		{unix.EMFILE, host{nofile: 1024}, "RLIMIT_NOFILE is 1024"},
		{unix.ENFILE, host{}, "fs.file-max"},
	} {
		if got := likelyCause(c.errno, c.host); !strings.Contains(got, c.want) {
			t.Errorf("%v, %+v: got %q, want %q in it", c.errno, c.host, got, c.want)
		}
	}
	if got := likelyCause(unix.EINVAL, host{}); got != "" {
		t.Errorf("EINVAL: a cause was made up: %q", got)
	}
}

func TestSetupErrorIs(t *testing.T) {
	for _, c := range []struct {
		errno       unix.Errno
		unsupported bool
	}{
		{unix.ENOSYS, true}, {unix.EPERM, true}, {unix.EACCES, true},
		{unix.ENOMEM, false}, {unix.EMFILE, false}, {unix.EINVAL, false},
	} {
		err := setupError("io_uring_setup", fmt.Errorf("wrapped: %w", c.errno))
		if !errors.Is(err, c.errno) {
			t.Errorf("%v: the errno is not found", err)
		}
		if got := errors.Is(err, errors.ErrUnsupported); got != c.unsupported {
			t.Errorf("%v: unsupported %v, want %v", err, got, c.unsupported)
		}
		if !strings.HasPrefix(err.Error(), "io_uring_setup: "+c.errno.Error()) {
			t.Errorf("message %q does not start with the call and the errno", err)
		}
	}
	plain := errors.New("no errno in it")
	if err := setupError("mmap", plain); !errors.Is(err, plain) {
		t.Errorf("%v does not wrap its cause", err)
	}
}

func TestErrClosedIs(t *testing.T) {
	for _, target := range []error{net.ErrClosed, os.ErrClosed, ErrClosed} {
		if !errors.Is(fmt.Errorf("submit: %w", ErrClosed), target) {
			t.Errorf("ErrClosed is not %v", target)
		}
	}
	if errors.Is(ErrClosed, os.ErrNotExist) {
		t.Error("ErrClosed is everything")
	}
}

func TestEnterErrors(t *testing.T) {
	for errno, want := range map[unix.Errno]bool{
		unix.EAGAIN: true, unix.EBUSY: true,
		unix.EBADR: false, unix.EBADF: false, unix.EFAULT: false, unix.EINVAL: false, unix.ENXIO: false,
	} {
		if got := later(errno); got != want {
			t.Errorf("%v: later is %v, want %v", errno, got, want)
		}
	}
	err := enterError(unix.EBADR)
	if !errors.Is(err, unix.EBADR) || !strings.Contains(err.Error(), "dropped") {
		t.Errorf("EBADR is told as %q", err)
	}
}

// TestErrorOfReapIsReturnedBySubmit breaks the descriptor under the ring.
func TestErrorOfReapIsReturnedBySubmit(t *testing.T) {
	r := openRing(t, Config{})
	r.deferred = enterError(sysEnter(-1, 0, IORING_ENTER_GETEVENTS))
	nextSlot(t, r).PrepNop()
	if _, err := r.Submit(); !errors.Is(err, unix.EBADF) {
		t.Fatalf("got %v, want EBADF", err)
	}
	if n, err := r.Submit(); n != 1 || err != nil {
		t.Fatalf("the next submit: %d, %v", n, err)
	}
}

// TestOpenAtTheDescriptorLimit meets a real EMFILE.
func TestOpenAtTheDescriptorLimit(t *testing.T) {
	openRing(t, Config{}) // or skip
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	low := unix.Rlimit{Cur: 3, Max: old.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Skip(err)
	}
	r, err := Open(Config{})
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if err == nil {
		_ = r.Close()
		t.Fatal("opened over the limit")
	}
	if !errors.Is(err, unix.EMFILE) || !strings.Contains(err.Error(), "RLIMIT_NOFILE is 3") {
		t.Errorf("got %q", err)
	}
}
