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

func openReadVPipe(t testing.TB) *operation {
	fd, peer := testutil.Pipe(t)
	buf := make([]byte, 64)
	return receiving(t, fd, peer, buf, func(p *Proactor, c *Completion, callback Callback) error {
		return p.ReadV(c, fd, [][]byte{buf[:3], buf[3:3], buf[3:]}, CurrentPosition, callback)
	})
}

func openWriteVPipe(t testing.TB) *operation {
	peer, fd := testutil.Pipe(t)
	buf := bytes.Repeat([]byte{'w'}, 1000)
	return sending(t, fd, peer, len(buf), func(p *Proactor, c *Completion, callback Callback) error {
		return p.WriteV(c, fd, [][]byte{buf[:1], buf[1:400], nil, buf[400:]}, CurrentPosition, callback)
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
			return p.OnTrigger(c, e, callback)
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
	return readingFile(t, func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
		return p.Read(c, fd, buf, 500, callback)
	})
}

func openReadVFile(t testing.TB) *operation {
	return readingFile(t, func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
		return p.ReadV(c, fd, [][]byte{buf[:10], buf[10:]}, 500, callback)
	})
}

// A transfer is the submission of one between a file's bytes and buf.
type transfer func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error

// readingFile fills a buffer with a file's bytes from the 500th on.
func readingFile(t testing.TB, read transfer) *operation {
	fd, _ := testutil.TempFile(t, 1000)
	buf := make([]byte, 64)
	return &operation{
		fd: fd, buf: buf,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return read(p, c, fd, buf, callback)
		},
		check: func(r Result) {
			if want := testutil.FileContents(500, len(buf)); !bytes.Equal(buf[:r.N], want) {
				t.Errorf("read %v, want %v", buf[:r.N], want)
			}
		},
	}
}

func openWriteFile(t testing.TB) *operation {
	return writingFile(t, func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
		return p.Write(c, fd, buf, 0, callback)
	})
}

func openWriteVFile(t testing.TB) *operation {
	return writingFile(t, func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
		return p.WriteV(c, fd, [][]byte{buf[:1], nil, buf[1:]}, 0, callback)
	})
}

func openWriteSync(t testing.TB) *operation {
	return writingFile(t, func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
		return p.WriteSync(c, fd, buf, 0, 0, callback)
	})
}

// writingFile writes payload to a file.
func writingFile(t testing.TB, write transfer) *operation {
	fd, _ := testutil.TempFile(t, 0)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return write(p, c, fd, payload, callback)
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
