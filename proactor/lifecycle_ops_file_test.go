//go:build unix

package proactor

import (
	"bytes"
	"math"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func openReadPipe(t testing.TB) *operation {
	fd, peer := testutil.Pipe(t)
	buf := make([]byte, 64)
	return receiving(t, fd, peer, buf, func(p *Proactor, c *Completion, callback Callback) error {
		return p.Read(c, fd, buf, CurrentPosition, callback)
	})
}

func openWritePipe(t testing.TB) *operation {
	peer, fd := testutil.Pipe(t)
	buf := bytes.Repeat([]byte{'w'}, 1000)
	return sending(t, fd, peer, len(buf), func(p *Proactor, c *Completion, callback Callback) error {
		return p.Write(c, fd, buf, CurrentPosition, callback)
	})
}

func openTimeout(testing.TB) *operation {
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Timeout(c, math.MaxInt64, callback)
		},
		complete: func(p *Proactor, c *Completion) { p.SetDeadline(c, time.Now()) },
		check:    func(Result) {},
	}
}

func openEvent(testing.TB) *operation {
	e := new(Event)
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Listen(c, e, callback)
		},
		complete: func(p *Proactor, _ *Completion) { p.Trigger(e) },
		check:    func(Result) {},
	}
}

func openNop(testing.TB) *operation {
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Nop(c, callback)
		},
		check: func(Result) {},
	}
}

func openFsync(t testing.TB) *operation {
	fd, _ := testutil.TempFile(t, 100)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Fsync(c, fd, 0, callback)
		},
		check: func(Result) {},
	}
}

// openOpenAt creates the file, which the kernel does in a worker thread.
func openOpenAt(t testing.TB) *operation {
	path := filepath.Join(t.TempDir(), "new")
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.OpenAt(c, AtCWD, path, unix.O_RDWR|unix.O_CREAT, 0o600, callback)
		},
		check: func(r Result) { closeNumber(t, r.N) },
	}
}

const statxSize = 0x200 // STATX_SIZE, which only Linux names

func openStatx(t testing.TB) *operation {
	_, path := testutil.TempFile(t, 123)
	stat := new(Stat)
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Statx(c, AtCWD, path, 0, statxSize, stat, callback)
		},
		check: func(Result) {
			if stat.Size != 123 {
				t.Errorf("statx: size %d, want 123", stat.Size)
			}
		},
	}
}

func openReadFile(t testing.TB) *operation {
	fd, _ := testutil.TempFile(t, 1000)
	buf := make([]byte, 64)
	return &operation{
		fd: fd, buf: buf,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Read(c, fd, buf, 500, callback)
		},
		check: func(r Result) {
			if want := testutil.FileContents(500, len(buf)); !bytes.Equal(buf[:r.N], want) {
				t.Errorf("read %v, want %v", buf[:r.N], want)
			}
		},
	}
}

func openWriteFile(t testing.TB) *operation {
	fd, _ := testutil.TempFile(t, 0)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Write(c, fd, payload, 0, callback)
		},
		check: func(r Result) {
			got := make([]byte, 64)
			n, err := unix.Pread(fd, got, 0)
			if err != nil {
				t.Fatalf("pread: %v", err)
			}
			if r.N != len(payload) || !bytes.Equal(got[:n], payload) {
				t.Errorf("wrote %d bytes, and %q is there; want %q", r.N, got[:n], payload)
			}
		},
	}
}
