//go:build linux

package ring

import (
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Each test here is a defect of github.com/pawelgaczynski/giouring (as of
// 69588b89acb9) that a driver like ours could have. Not here, because we have
// nothing of the kind: buffer rings, and descriptors passed as []int. The
// second close is in close_test.go, signals are in signal_test.go.

// TestGiouringDefectStaleFields: what the last user of a slot left in rw_flags
// and addr3 failed a Close with EINVAL and a Read with EOPNOTSUPP.
func TestGiouringDefectStaleFields(t *testing.T) {
	r := openRing(t, Config{Entries: 2})
	f := tempFile(t, "content")
	dup, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func() {
		for i := range r.sq.sqes {
			r.sq.sqes[i] = garbage()
		}
	}
	spoil()
	wantRes(t, "read", run(t, r, func(s *SQE) { s.PrepRead(dup, make([]byte, 16), 0) }), 7)
	spoil()
	wantRes(t, "close", run(t, r, func(s *SQE) { s.PrepClose(dup) }), 0)
}

// TestGiouringDefectDeadTimespec: a timespec was the address of a local of a
// function that had returned. Here the stack grows and moves in between.
func TestGiouringDefectDeadTimespec(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	spec := new(Timespec)
	*spec = TimespecOf(20 * time.Millisecond)
	a, b := r.NextPair()
	a.PrepRecv(fds[0], make([]byte, 8), 0)
	a.Flags, a.UserData = IOSQE_IO_LINK, 1
	b.PrepLinkTimeout(spec, 0)
	b.UserData = 2
	growStack(1000)
	runtime.GC()
	start := time.Now()
	got := waitResults(t, r, 2)
	wantRes(t, "recv", got[1].Res, neg(unix.ECANCELED))
	wantRes(t, "timeout", got[2].Res, neg(unix.ETIME))
	if d := time.Since(start); d < 15*time.Millisecond || d > patience/2 {
		t.Errorf("20 ms passed in %v", d)
	}
	runtime.KeepAlive(spec)
}

// TestPreparedMemoryEscapes: the compiler must not leave on a stack what the
// kernel was given the address of. An allocation shows that it did not.
func TestPreparedMemoryEscapes(t *testing.T) {
	var s SQE
	for name, prep := range map[string]func(){
		"timespec": func() { var spec Timespec; s.PrepLinkTimeout(&spec, 0) },
		"buffer":   func() { var buf [64]byte; s.PrepRecv(0, buf[:], 0) },
		"header":   func() { var msg unix.Msghdr; s.PrepRecvMsg(0, &msg, 0) },
		"path":     func() { var path [8]byte; s.PrepOpenAt(0, &path[0], 0, 0) },
	} {
		if got := testing.AllocsPerRun(10, prep); got != 1 {
			t.Errorf("%s: %v allocations, want 1", name, got)
		}
	}
}

func growStack(n int) int {
	var page [512]byte
	if n == 0 {
		return 0
	}
	page[n%512] = 1
	return growStack(n-1) + int(page[(n+1)%512])
}

// TestGiouringDefectSliceHeaders: the address of the slice header was passed
// for its data: of paths, and of the buffer of a send.
func TestGiouringDefectSliceHeaders(t *testing.T) {
	r := openRing(t, Config{})
	f := tempFile(t, "12345")
	path, st := cpath(t, f.Name()), new(unix.Statx_t)
	wantRes(t, "statx", run(t, r, func(s *SQE) { s.PrepStatx(unix.AT_FDCWD, path, 0, unix.STATX_SIZE, st) }), 0)
	if st.Size != 5 {
		t.Errorf("size %d, want 5", st.Size)
	}
	missing := cpath(t, filepath.Join(t.TempDir(), "missing"))
	wantRes(t, "openat", run(t, r, func(s *SQE) { s.PrepOpenAt(unix.AT_FDCWD, missing, unix.O_RDONLY, 0) }), neg(unix.ENOENT))

	fds := streamPair(t)
	wantRes(t, "send", run(t, r, func(s *SQE) { s.PrepSend(fds[0], []byte("data"), unix.MSG_NOSIGNAL) }), 4)
	buf := make([]byte, 8)
	if n, err := unix.Read(fds[1], buf); err != nil || string(buf[:n]) != "data" {
		t.Errorf("the peer read %q, %v", buf[:n], err)
	}
}

// TestGiouringDefectSockaddr: a pointer to an interface was passed for a
// socket address, and its length as that of the interface. Run it with -race
// for checkptr: the raw bytes are not aligned here.
func TestGiouringDefectSockaddr(t *testing.T) {
	r := openRing(t, Config{})
	_, port := listen(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	raw := append([]byte{0}, loopback(port)...)
	wantRes(t, "connect", run(t, r, func(s *SQE) { s.PrepConnect(fd, raw[1:]) }), 0)
}

// TestGiouringDefectRegisterErrors: errors of io_uring_register were dropped.
func TestGiouringDefectRegisterErrors(t *testing.T) {
	r := openRing(t, Config{})
	if err := r.RegisterEventfd(-1); !errors.Is(err, unix.EBADF) {
		t.Errorf("no descriptor: got %v, want EBADF", err)
	}
}

// TestGiouringDefectEnterErrors: ETIME, EINTR, EAGAIN and EBUSY ended a wait
// or a submission that was to go on. After a wait that timed out the ring works.
func TestGiouringDefectEnterErrors(t *testing.T) {
	r := openRing(t, Config{})
	noResult(t, r)
	wantRes(t, "nop", run(t, r, func(s *SQE) { s.PrepNop() }), 0)
	if !later(unix.EAGAIN) || !later(unix.EBUSY) {
		t.Error("EAGAIN and EBUSY are not errors of Submit")
	}
}
