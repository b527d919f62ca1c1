package local

import (
	"fmt"
	goio "io"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

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
	f, err := openFile(io, name, flag)
	if err != nil {
		return nil, err
	}
	if !s.Direct {
		if _, err := goio.Copy(goio.Discard, f); err != nil {
			return nil, fmt.Errorf("read the file into the cache: %w", err)
		}
	}
	reads := newReaders(s)
	return timed(s.Depth, func(i int) error { return reads[i].read(f) }), nil
}

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
