//go:build linux

package ring

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// EFAULT of a thread that has ended does not reach the loop: the operation is
// submitted again, for a thread of the kernel's, and completes.
func TestOperationFaultedIsSubmittedAgain(t *testing.T) {
	fd, _ := testutil.TempFile(t, 8)
	message := func() *backend.Message { return &backend.Message{Buffers: [][]byte{make([]byte, 3), make([]byte, 5)}} }
	for name, r := range map[string]backend.Request{
		"read":   {Op: backend.OpRead, FD: fd, Buf: make([]byte, 8)},
		"readv":  {Op: backend.OpReadV, FD: fd, Msg: message()},
		"write":  {Op: backend.OpWrite, FD: fd, Buf: make([]byte, 8)},
		"writev": {Op: backend.OpWriteV, FD: fd, Msg: message()},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSeam(t, Config{})
			q := s.boarded(s.request(r))
			s.pretend(userData(q.Token), neg(unix.EFAULT))
			s.quietly(q)
			wantRes(t, name, s.result(q), 8)
		})
	}
}

// An operation that was asked to stop is not submitted again.
func TestOperationFaultedAndAskedToStop(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.TempFile(t, 8)
	r := s.boarded(s.request(backend.Request{Op: backend.OpRead, FD: fd, Buf: make([]byte, 8)}))
	s.ask(r.Token, backend.TokenNone)
	s.pretend(userData(r.Token), neg(unix.EFAULT))
	wantRes(t, "read", s.result(r), stopped)
}

// An address that is bad is told, also after it was tried again, and costs a
// datagram socket one datagram.
func TestOperationOfABadAddress(t *testing.T) {
	bad, err := unix.Mmap(-1, 0, 4096, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(bad); err != nil {
			t.Error(err)
		}
	})
	s := openSeam(t, Config{})
	file, _ := testutil.TempFile(t, 4096)
	for name, r := range map[string]backend.Request{
		"read":      {Op: backend.OpRead, FD: file, Buf: bad},
		"write":     {Op: backend.OpWrite, FD: file, Buf: bad},
		"readv":     {Op: backend.OpReadV, FD: file, Msg: &backend.Message{Buffers: [][]byte{bad}}},
		"writev":    {Op: backend.OpWriteV, FD: file, Msg: &backend.Message{Buffers: [][]byte{bad}}},
		"writesync": {Op: backend.OpWriteSync, FD: file, Buf: bad},
		"open":      {Op: backend.OpOpenAt, FD: unix.AT_FDCWD, Name: bad},
	} {
		q := s.request(r)
		s.submit(q)
		wantRes(t, name, s.result(q), neg(unix.EFAULT))
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, pair[0])
	testutil.Own(t, pair[1])
	for _, datagram := range []string{"lost", "kept"} {
		mustWrite(t, pair[1], datagram)
	}
	r := s.recv(pair[0], bad)
	s.submit(r)
	wantRes(t, "recv", s.result(r), neg(unix.EFAULT))
	buf := make([]byte, 8)
	r = s.recv(pair[0], buf)
	s.submit(r)
	wantRes(t, "recv", s.result(r), 4)
	if string(buf[:4]) != "kept" {
		t.Errorf("received %q, want the second datagram", buf[:4])
	}
}

// Buffered reads that wait for a disk survive the thread that submitted them. On a
// file system without a disk there is nothing to wait for, and they complete at once.
func TestReadsOutliveTheThreadThatSubmittedThem(t *testing.T) {
	const pages, pageSize = 256, 4096
	fd, _ := testutil.TempFile(t, pages*pageSize)
	if err := unix.Fsync(fd); err != nil {
		t.Fatal(err)
	}
	s := openSeam(t, Config{})
	for range 5 {
		if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
			t.Fatal(err)
		}
		var batch []*backend.Request
		for page := range pages / 4 {
			r := backend.Request{Op: backend.OpRead, FD: fd, Buf: make([]byte, pageSize), Offset: int64(page * 4 * pageSize)}
			if page%2 == 1 {
				r.Op, r.Msg, r.Buf = backend.OpReadV, &backend.Message{Buffers: [][]byte{r.Buf}}, nil
			}
			batch = append(batch, s.request(r))
		}
		submitted := make(chan bool)
		go func() {
			defer close(submitted)
			runtime.LockOSThread() // and not unlocked: the thread ends
			s.submit(batch...)
		}()
		<-submitted
		for _, r := range batch {
			wantRes(t, r.Op.String(), s.result(r), pageSize)
		}
	}
}
