//go:build linux

package ring

import (
	"encoding/binary"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// eventfd registers one with r. written reports whether it was written to since the
// last call.
func eventfd(t *testing.T, r *Ring) (written func() bool) {
	t.Helper()
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	if err := r.RegisterEventfd(fd); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		t.Helper()
		var count [8]byte
		_, err := unix.Read(fd, count[:])
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
		return binary.NativeEndian.Uint64(count[:]) > 0
	}
}

func TestMute(t *testing.T) {
	for name, config := range map[string]Config{
		"muted":         {},
		"an old kernel": {WithoutFeatures: MuteFeature},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRing(t, config)
			written := eventfd(t, r)
			nop := func() {
				t.Helper()
				r.Next().PrepNop()
				if _, err := r.Submit(); err != nil {
					t.Fatal(err)
				}
				var cqes [2]CQE
				if n := r.Reap(cqes[:]); n != 1 {
					t.Fatalf("%d results of one no-op", n)
				}
			}
			nop()
			if !written() {
				t.Error("the eventfd is not told of a result")
			}
			r.Mute(true)
			nop()
			if muted := r.cq.kflags != nil; written() == muted {
				t.Errorf("with a result after Mute, muted is %v and so is being told", muted)
			}
			r.Mute(false)
			nop()
			if !written() {
				t.Error("the eventfd is not told after the mute")
			}
		})
	}
}

// Without a descriptor for the place to park there is no backend, and no ring.
func TestNewBackendWithoutDescriptors(t *testing.T) {
	openSeam(t, Config{}) // io_uring works here
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	lowest, err := unix.Eventfd(0, unix.EFD_CLOEXEC) // the number that the ring will get
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Close(lowest); err != nil {
		t.Fatal(err)
	}
	for more := range uint64(3) {
		few := unix.Rlimit{Cur: uint64(lowest) + more, Max: old.Max}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &few); err != nil {
			t.Fatal(err)
		}
		b, err := NewBackend(Config{})
		if failed := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); failed != nil {
			t.Fatal(failed)
		}
		if err == nil {
			t.Errorf("a backend with %d descriptors", more)
			_ = b.Close()
			continue
		}
		if !errors.Is(err, unix.EMFILE) {
			t.Errorf("with %d descriptors: %v, want one that is EMFILE", more, err)
		}
	}
}
