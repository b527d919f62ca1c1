package recipes

import (
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// ReadDirect reads a file past the page cache (O_DIRECT), n blocks at a time, and calls do for each
// block, concurrently and in no order. block is a multiple of 4096 bytes; the last one is shorter.
// A file system that has no O_DIRECT is read by way of the page cache.
func ReadDirect(ctx context.Context, name string, block, n int, do func(off int64, p []byte)) error {
	file, err := await.OpenFileContext(ctx, name, os.O_RDONLY|unix.O_DIRECT, 0)
	if errors.Is(err, unix.EINVAL) {
		file, err = await.OpenContext(ctx, name)
	}
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.StatContext(ctx)
	if err != nil {
		return err
	}
	var taken atomic.Int64 // how much of the file has a reader
	readers := NewGroup(ctx)
	for range n {
		readers.Go(func(ctx context.Context) error {
			p := await.AlignedBuffer(block) // each its own: the kernel fills them at the same time
			for {
				off := taken.Add(int64(block)) - int64(block)
				if off >= info.Size() {
					return nil
				}
				got, err := file.ReadAtContext(ctx, p[:block], off)
				if err != nil && err != io.EOF {
					return err
				}
				do(off, p[:got])
			}
		})
	}
	return readers.Wait()
}
