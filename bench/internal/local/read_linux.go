package local

import (
	"context"
	"fmt"
	goio "io"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// read reads Size bytes at a time, anywhere in a file, by Depth goroutines: past
// the page cache if Direct, else from it.
func read(s wire.Spec, io *await.IO) (runner, error) {
	name, err := dataFile(s.Dir, s.FileMiB)
	if err != nil {
		return nil, err
	}
	if s.Contender == contender.Fio {
		return func(d time.Duration) (wire.Window, error) { return runFio(s, name, d) }, nil
	}
	flag := os.O_RDONLY
	if s.Direct {
		flag |= syscall.O_DIRECT
	}
	f, err := openForReading(io, name, flag, s.Abandon)
	if err != nil {
		return nil, err
	}
	if s.Cold {
		return coldReads(s, f)
	}
	if !s.Direct {
		if _, err := goio.Copy(goio.Discard, f); err != nil {
			return nil, fmt.Errorf("read the file into the cache: %w", err)
		}
	}
	reads := newReaders(s)
	return timed(s.Depth, func(i int) error { return reads[i].read(f) }), nil
}

func openForReading(io *await.IO, name string, flag int, abandonable bool) (file, error) {
	if io != nil && abandonable {
		return await.FileConfig{IO: io, Lending: await.LendAlways}.Open(context.Background(), name, flag, 0)
	}
	return openFile(io, name, flag)
}

// coldReads are reads of what the page cache does not have: all of it is told to forget the
// file, and then no block is read twice before all have been read.
func coldReads(s wire.Spec, f file) (runner, error) {
	fd := int(f.Fd())
	if err := unix.Fadvise(fd, 0, 0, unix.FADV_RANDOM); err != nil {
		return nil, fmt.Errorf("turn off reading ahead: %w", err)
	}
	reads := newReaders(s)
	var next atomic.Int64
	return timed(s.Depth, func(i int) error {
		r := &reads[i]
		n := next.Add(1) - 1
		if n%r.blocks == 0 {
			if err := unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED); err != nil {
				return fmt.Errorf("empty the page cache: %w", err)
			}
		}
		_, err := f.ReadAt(r.buffer, n*oddStride%r.blocks*int64(len(r.buffer)))
		return err
	}), nil
}

// oddStride visits all of a number of blocks that is a power of two, in no order that a disk
// could like.
const oddStride = 40503

// A reader is one goroutine's buffer and dice.
type reader struct {
	buffer []byte
	blocks int64
	random *rand.Rand
}

func newReaders(s wire.Spec) []reader {
	readers := make([]reader, s.Depth)
	for i := range readers {
		readers[i] = reader{
			buffer: await.AlignedBuffer(s.Size)[:s.Size],
			blocks: int64(s.FileMiB) * mebibyte / int64(s.Size),
			random: rand.New(rand.NewPCG(uint64(i), 1)),
		}
	}
	return readers
}

func (r *reader) read(f file) error {
	_, err := f.ReadAt(r.buffer, r.random.Int64N(r.blocks)*int64(len(r.buffer)))
	return err
}
