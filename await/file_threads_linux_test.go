package await

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Reads that wait for a disk are not disturbed by threads that end, though those
// may have submitted them: a goroutine that waits runs the loop for others too.
func TestReadsWhileThreadsEnd(t *testing.T) {
	const size, block, readers, reads = 32 << 20, 4096, 64, 100
	io := open(t, Config{})
	name := filepath.Join(tempDir(t), "file")
	if err := outside.WriteFile(name, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := io.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil { // only clean pages can be dropped
		t.Fatal(err)
	}
	fd := int(f.Fd())
	ctx, cancel := context.WithCancel(t.Context())
	var reading, ending sync.WaitGroup
	defer func() { cancel(); ending.Wait() }()
	for range 2 {
		ending.Go(func() { endThreads(ctx, t, io) })
	}
	for r := range readers {
		reading.Go(func() {
			p := make([]byte, block)
			for i := range reads {
				off := int64((i*readers + r) * 7919 % (size / block) * block)
				if err := unix.Fadvise(fd, off, block, unix.FADV_DONTNEED); err != nil {
					t.Error(err)
				}
				if err := readSomehow(ctx, f, io, p, off, i); err != nil {
					t.Errorf("read %d: %v", i%4, err)
					return
				}
			}
		})
	}
	reading.Wait()
}

// readSomehow fills p from off, by one of the calls there are.
func readSomehow(ctx context.Context, f *File, io *IO, p []byte, off int64, how int) (err error) {
	switch how % 4 {
	case 0:
		_, err = f.ReadAtContext(ctx, p, off)
	case 1:
		_, err = f.ReadVAt(ctx, [][]byte{p[:100], p[100:]}, off)
	case 2:
		err = f.ReadAtBatch(ctx, []FileRange{{Buf: p, Offset: off}})
	case 3:
		_, err = io.Read(ctx, int(f.Fd()), p, off)
	}
	return err
}

// endThreads makes calls from goroutines that end with their threads, until ctx does.
func endThreads(ctx context.Context, t *testing.T, io *IO) {
	for ctx.Err() == nil {
		ended := make(chan bool)
		go func() {
			defer close(ended)
			runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
			if err := io.Nop(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		<-ended
		time.Sleep(time.Millisecond)
	}
}
