//go:build unix

package await

import (
	"bytes"
	"errors"
	goio "io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// openFIFO is a FIFO that is open for both, so that nobody waits for the other.
func openFIFO(t *testing.T, io *IO, flag int) *File {
	t.Helper()
	path := filepath.Join(tempDir(t), "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	return openFile(t, io, path, os.O_RDWR|flag)
}

// pipes are the files without a position, each open for both.
var pipes = map[string]func(t *testing.T, io *IO) *File{
	"fifo":             func(t *testing.T, io *IO) *File { return openFIFO(t, io, 0) },
	"nonblocking fifo": func(t *testing.T, io *IO) *File { return openFIFO(t, io, unix.O_NONBLOCK) },
	"socket": func(t *testing.T, io *IO) *File {
		_, b := socketPair(t)
		disown(t, b)
		f, err := io.NewFile(uintptr(b), "socket")
		must(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	},
	"fifo that lends always": func(t *testing.T, io *IO) *File {
		path := filepath.Join(tempDir(t), "fifo")
		must(t, unix.Mkfifo(path, 0o600))
		f, err := FileConfig{IO: io, Lending: LendAlways}.Open(background, path, os.O_RDWR, 0)
		must(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	},
}

func onPipes(t *testing.T, test func(t *testing.T, io *IO, f *File)) {
	for name, make := range pipes {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			test(t, io, make(t, io))
		})
	}
}

func TestDeadlineEndsABlockedRead(t *testing.T) {
	onPipes(t, func(t *testing.T, io *IO, f *File) {
		read := later(func() (int, error) { return f.Read(make([]byte, 8)) })
		waitInFlight(t, io, 1)
		must(t, f.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
		o := receive(t, read, "the read's end")
		wantIs(t, o.err, os.ErrDeadlineExceeded)
		_, err := f.Read(make([]byte, 8))
		wantIs(t, err, os.ErrDeadlineExceeded)
		var timeout interface{ Timeout() bool }
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
		must(t, f.SetDeadline(time.Time{}))
	})
}

func TestCloseEndsABlockedRead(t *testing.T) {
	onPipes(t, func(t *testing.T, io *IO, f *File) {
		read := later(func() (int, error) { return f.Read(make([]byte, 8)) })
		waitInFlight(t, io, 1)
		must(t, f.Close())
		o := receive(t, read, "the read's end")
		wantIs(t, o.err, os.ErrClosed)
		wantIs(t, f.SetDeadline(time.Time{}), os.ErrClosed)
	})
}

func TestContextEndsABlockedRead(t *testing.T) {
	onPipes(t, func(t *testing.T, io *IO, f *File) {
		ctx, stop, cause := ending()
		read := later(func() (int, error) { return f.ReadContext(ctx, make([]byte, 8)) })
		waitInFlight(t, io, 1)
		stop()
		o := receive(t, read, "the read's end")
		wantIs(t, o.err, cause, proactor.ErrCanceled)
		_, err := f.ReadContext(ctx, make([]byte, 8))
		wantIs(t, err, cause)
		_, err = f.WriteContext(ctx, make([]byte, 8))
		wantIs(t, err, cause)
		waitInFlight(t, io, 0)
	})
}

// Streams have no offsets and no deadline but their own.
func TestStreamsHaveNoPosition(t *testing.T) {
	onPipes(t, func(t *testing.T, io *IO, f *File) {
		_, err := f.ReadAt(make([]byte, 8), 0)
		wantIs(t, err, unix.ESPIPE)
		_, err = f.WriteAt(make([]byte, 8), 0)
		wantIs(t, err, unix.ESPIPE)
		_, err = f.Seek(0, goio.SeekStart)
		wantIs(t, err, unix.ESPIPE)
		ranges := []FileRange{{Buf: make([]byte, 8)}}
		wantIs(t, f.ReadAtBatch(background, ranges), unix.ESPIPE)
		_, err = f.ReadVAt(background, [][]byte{make([]byte, 8)}, 0)
		wantIs(t, err, unix.ESPIPE)
	})
}

func TestAdoptedPipe(t *testing.T) {
	io := open(t, Config{})
	osR, osW, err := os.Pipe()
	must(t, err)
	r, err := io.AdoptFile(osR)
	must(t, err)
	defer r.Close()
	w, err := io.AdoptFile(osW)
	must(t, err)
	wantIs(t, osR.Close(), os.ErrClosed)
	want := testutil.FileContents(0, 1<<20) // more than a pipe holds
	written := later(func() (int, error) {
		n, err := w.Write(want)
		return n, errors.Join(err, w.Close())
	})
	got, err := goio.ReadAll(r)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%d other bytes arrived than the %d written", len(got), len(want))
	}
	o := receive(t, written, "the write's end")
	wantCount(t, "Write", o.n, o.err, len(want))
	_, err = io.AdoptFile(osR)
	wantIs(t, err, os.ErrClosed)
	_, err = io.AdoptFile(nil)
	wantIs(t, err, os.ErrInvalid)
	_, err = io.NewFile(^uintptr(0), "none")
	wantIs(t, err, unix.EBADF)
	_, err = io.NewFile(1<<20, "none")
	wantIs(t, err, unix.EBADF)
}

// An adopted duplicate shares the position.
func TestAdoptedFileGoesOn(t *testing.T) {
	io := open(t, Config{})
	path := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(path, []byte("0123456789"), 0o600))
	theirs, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	must(t, err)
	b := make([]byte, 4)
	_, err = theirs.Read(b)
	must(t, err)
	ours, err := io.AdoptFile(theirs)
	must(t, err)
	defer ours.Close()
	n, err := ours.Read(b)
	wantCount(t, "Read", n, err, 4)
	if string(b) != "4567" {
		t.Errorf("read %q", b)
	}
	if _, err := ours.WriteAt(b, 0); err != errWriteAtAppending {
		t.Errorf("WriteAt of an appending file: %v", err)
	}
	if ours.Name() != path {
		t.Errorf("it is called %s", ours.Name())
	}
}

func TestRawFile(t *testing.T) {
	onPipes(t, func(t *testing.T, io *IO, f *File) {
		raw, err := f.SyscallConn()
		must(t, err)
		must(t, raw.Control(func(fd uintptr) { must(t, unix.SetNonblock(int(fd), true)) }))
		n := 0
		must(t, raw.Write(func(fd uintptr) bool {
			n, err = unix.Write(int(fd), []byte("raw"))
			return true
		}))
		wantCount(t, "raw write", n, err, 3)
		must(t, f.SetReadDeadline(time.Now().Add(30*time.Millisecond)))
		b := make([]byte, 8)
		for range 2 {
			err = raw.Read(func(fd uintptr) bool {
				n, err := unix.Read(int(fd), b)
				return n > 0 && err == nil
			})
			if f.Name() == "socket" {
				break // its other end has those bytes
			}
		}
		wantIs(t, err, os.ErrDeadlineExceeded)
		must(t, f.Close())
		wantIs(t, raw.Control(func(uintptr) {}), os.ErrClosed)
	})
}
