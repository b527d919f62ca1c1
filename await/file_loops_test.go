//go:build unix

package await

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
)

// filled makes a file of n bytes that are all b.
func filled(t *testing.T, b byte, n int) (name string) {
	t.Helper()
	name = filepath.Join(tempDir(t), string(b))
	must(t, outside.WriteFile(name, bytes.Repeat([]byte{b}, n), 0o600))
	return name
}

// uncached opens a file whose reads are all the proactors', and that counts as one on a
// disk wherever it is.
func uncached(t *testing.T, io *IO, name string) *File {
	t.Helper()
	f, err := io.OpenFile(name, os.O_RDWR, 0)
	must(t, err)
	f.d.Cached.Never()
	f.d.Kind = fdcall.Disk
	return f
}

// Reads and writes at an offset are those of the file's loop, until it has many of them.
// Where workers make them they stay so, and where the file is on no disk.
func TestLoopsShareCallsOnAFile(t *testing.T) {
	for name, onDisk := range map[string]bool{"on a disk": true, "on no disk": false} {
		t.Run(name, func(t *testing.T) { testSharedCalls(t, onDisk) })
	}
}

func testSharedCalls(t *testing.T, onDisk bool) {
	const callers, blocks, size = 64, 64, 512
	io := open(t, Config{Loops: testLoops})
	f := uncached(t, io, filled(t, 'x', blocks*size))
	defer f.Close()
	f.d.Kind = fdcall.Unknown
	if onDisk {
		f.d.Kind = fdcall.Disk
	}
	others := othersServing(t, io, int(f.Fd()))
	for range 100 {
		_, err := f.ReadAt(make([]byte, size), 0)
		must(t, err)
	}
	if n := others(); n > 0 {
		t.Errorf("%d other loops serve a caller that is alone", n)
	}
	rewrite := func(i int) error {
		want, got := bytes.Repeat([]byte{byte(i)}, size), make([]byte, size)
		if _, err := f.WriteAt(want, int64(i%blocks*size)); err != nil {
			return err
		}
		if _, err := f.ReadAt(got, int64(i%blocks*size)); err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return errors.New("read something else than what was written")
		}
		return nil
	}
	var writers sync.WaitGroup
	var stop atomic.Bool
	var calls atomic.Int64
	for i := range callers {
		writers.Go(func() {
			for n := i; !stop.Load(); n += blocks {
				if err := rewrite(n); err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	if onDisk && io.Backend() == "io_uring" {
		testutil.Eventually(t, patience, func() bool { return others() == testLoops-1 }, "all loops serve many callers")
	} else {
		testutil.Eventually(t, patience, func() bool { return calls.Load() > 100*callers }, "many calls")
		if n := others(); n > 0 {
			t.Errorf("%d other loops serve", n)
		}
	}
	stop.Store(true)
	writers.Wait()
}

// Calls that use the position have an order, and are served by the file's own loop.
func TestLoopsDoNotShareThePosition(t *testing.T) {
	const callers, size = 32, 64
	io := open(t, Config{Loops: testLoops})
	name := filled(t, 'x', 0)
	f := uncached(t, io, name)
	others := othersServing(t, io, int(f.Fd()))
	var writers sync.WaitGroup
	for i := range callers {
		writers.Go(func() {
			for range 20 {
				if _, err := f.Write(bytes.Repeat([]byte{byte(i)}, size)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	if n := others(); n > 0 {
		t.Errorf("%d other loops serve", n)
	}
	must(t, f.Close())
	got, err := outside.ReadFile(name)
	must(t, err)
	if len(got) != callers*20*size {
		t.Fatalf("%d bytes, want %d", len(got), callers*20*size)
	}
	for at := 0; at < len(got); at += size {
		if record := got[at : at+size]; !bytes.Equal(record, bytes.Repeat(record[:1], size)) {
			t.Fatalf("the bytes of two writes at %d", at)
		}
	}
}

// Calls by all loops end before the number is closed: none meets the file that has the
// number next.
func TestLoopsCloseAFileThatAllServe(t *testing.T) {
	const callers, size = 32, 512
	io := open(t, Config{Loops: testLoops})
	first, next := filled(t, 'a', size), filled(t, 'b', size)
	same := 0
	for range 30 {
		f := uncached(t, io, first)
		var readers sync.WaitGroup
		var reads atomic.Int64
		for range callers {
			readers.Go(func() {
				b := make([]byte, size)
				for {
					_, err := f.ReadAt(b, 0)
					switch reads.Add(1); {
					case errors.Is(err, os.ErrClosed):
						return
					case err != nil:
						t.Errorf("reading: %v", err)
						return
					case bytes.IndexByte(b, 'b') >= 0:
						t.Error("a read met another file")
						return
					}
				}
			})
		}
		testutil.Eventually(t, patience, func() bool { return reads.Load() > 10*callers }, "reads")
		fd := f.Fd()
		must(t, f.Close())
		g := uncached(t, io, next)
		if g.Fd() == fd {
			same++
		}
		readers.Wait()
		must(t, g.Close())
	}
	if same == 0 {
		t.Error("no file had the number of the one before: nothing was tested")
	}
}
