package local

import (
	"errors"
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// blocked has Count goroutines read files that never answer: FIFOs into which
// nobody writes, opened so that a read blocks. (A FIFO that package os opens
// itself it waits for in its poller; these stand for what it cannot, such as
// files on a network whose server takes its time.) The reads go on until the
// process ends; how many threads it has then is what is measured.
func blocked(s wire.Spec, io *await.IO) (runner, error) {
	name := filepath.Join(s.Dir, "fifo")
	if err := unix.Mkfifo(name, 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("mkfifo %s: %w", name, err)
	}
	// Go ends a program of ten thousand threads unless it asked for more.
	debug.SetMaxThreads(2*s.Count + 1000)
	var waiting atomic.Int64
	for range s.Count {
		f, err := blockingFile(io, name)
		if err != nil {
			return nil, fmt.Errorf("%w (more descriptors: ulimit -n)", err)
		}
		go func() {
			waiting.Add(1)
			_, _ = f.Read(make([]byte, 1)) // it does not return
			waiting.Add(-1)
		}()
	}
	time.Sleep(settle)
	return func(d time.Duration) (wire.Window, error) {
		time.Sleep(d)
		if n := waiting.Load(); n != int64(s.Count) {
			return wire.Window{}, fmt.Errorf("%d of %d reads are blocked", n, s.Count)
		}
		return wire.Window{}, nil
	}, nil
}

// settle is how long ten thousand threads take to start and to block.
const settle = 500 * time.Millisecond

// blockingFile opens name for reading and writing, so that it waits for no other
// end, and leaves the descriptor blocking.
func blockingFile(io *await.IO, name string) (goio.Reader, error) {
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	if io != nil {
		return io.NewFile(uintptr(fd), name)
	}
	return os.NewFile(uintptr(fd), name), nil
}
