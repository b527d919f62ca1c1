//go:build unix

package await

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestFileFromOpenToClose(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		path := filepath.Join(tempDir(t), "file")
		fd, err := c.OpenAt(background, proactor.AtCWD, path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
		must(t, err)
		n, err := c.Write(background, fd, []byte("hello world"), 0)
		wantCount(t, "Write", n, err, 11)
		must(t, c.Fsync(background, fd, 0))
		must(t, c.Fsync(background, fd, proactor.FsyncDataOnly))
		b := make([]byte, 16)
		n, err = c.Read(background, fd, b, 6)
		wantCount(t, "Read", n, err, 5)
		if got := string(b[:n]); got != "world" {
			t.Errorf("read %q, want world", got)
		}
		var stat proactor.Stat
		must(t, c.Statx(background, proactor.AtCWD, path, 0, statxBasic, &stat))
		if stat.Size != 11 || stat.Mode&0o777 != 0o640 {
			t.Errorf("got size %d and mode %o, want 11 and 640", stat.Size, stat.Mode&0o777)
		}
		must(t, c.CloseFD(background, fd))
		_, err = c.OpenAt(background, proactor.AtCWD, path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
		wantIs(t, err, fs.ErrExist)
		wantOpError(t, err, "openat", proactor.AtCWD)
	})
}

func TestWriteWritesAll(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		r, w := pipe(t)
		want := testutil.FileContents(0, 1<<20) // more than a pipe holds
		written := later(func() (int, error) { return c.Write(background, w, want, proactor.CurrentPosition) })
		if !bytes.Equal(mustRead(t, r, len(want)), want) {
			t.Error("other bytes arrived than were written")
		}
		o := receive(t, written, "write's end")
		wantCount(t, "Write", o.n, o.err, len(want))
	})
}

func TestCurrentPositionMovesAlong(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		fd, _ := tempFile(t, 100)
		b := make([]byte, 30)
		for off := 0; off < 90; off += len(b) {
			n, err := c.Read(background, fd, b, proactor.CurrentPosition)
			wantCount(t, "Read", n, err, len(b))
			if !bytes.Equal(b, testutil.FileContents(off, len(b))) {
				t.Errorf("other bytes than those at %d", off)
			}
		}
	})
}

func TestSleepIsNeverShort(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		for _, d := range []time.Duration{0, time.Nanosecond, 50 * time.Microsecond, 3 * time.Millisecond} {
			start := time.Now()
			must(t, c.Sleep(background, d))
			if slept := time.Since(start); slept < d {
				t.Errorf("slept %v, want %v", slept, d)
			}
		}
	})
}

func TestNop(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) { must(t, c.Nop(background)) })
}

// Law 6 at the level of a descriptor.
func TestCloseFDEndsWhatIsUnderWayOnIt(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		_, b := socketPair(t)
		recv := later(func() (int, error) { return c.Recv(background, b, make([]byte, 8), 0) })
		waitInFlight(t, io, 1)
		disown(t, b)
		must(t, c.CloseFD(background, b))
		o := receive(t, recv, "receive's end")
		wantIs(t, o.err, os.ErrClosed)
		wantIsNot(t, o.err, proactor.ErrCanceled)
		wantOpError(t, o.err, "recv", b)
	})
}

func TestCloseFDClosesWhateverItsContext(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, _ := socketPair(t)
		disown(t, a)
		ctx, _ := canceled()
		must(t, c.CloseFD(ctx, a))
		if _, err := fdFlags(t, a); !errors.Is(err, unix.EBADF) {
			t.Errorf("the descriptor is still open: %v", err)
		}
	})
}
