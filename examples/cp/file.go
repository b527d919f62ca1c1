package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/awaitio/awaitio/await"
)

// copyFile makes the copy of one file, unless it is complete already.
func (c *copier) copyFile(ctx context.Context, e entry) error {
	defer c.progress.file()
	if isComplete(e) {
		return c.keepFile(ctx, e)
	}
	src, err := await.OpenContext(ctx, e.src)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	temporary, err := createTemporary(ctx, e.dst)
	if err != nil {
		return err
	}
	defer temporary.discard()
	if err := c.fill(ctx, temporary, src, e); err != nil {
		return err
	}
	if err := temporary.publish(e); err != nil {
		return err
	}
	c.copied.Add(1)
	if e.info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		c.progress.note("cp: " + e.dst + ": the setuid and setgid bits are not kept")
	}
	return nil
}

// isComplete reports whether a run before this one made the copy: it gets its
// name, and the time of its source, only when it is.
func isComplete(e entry) bool {
	copied, err := await.Lstat(e.dst)
	return err == nil && copied.Mode().IsRegular() && copied.Size() == e.info.Size() &&
		copied.ModTime().Equal(e.info.ModTime())
}

// keepFile leaves the content of a copy as it is.
func (c *copier) keepFile(ctx context.Context, e entry) error {
	if err := os.Chmod(e.dst, e.info.Mode().Perm()); err != nil {
		return err
	}
	if c.verify {
		if err := c.verifyKept(ctx, e); err != nil {
			return err
		}
	}
	c.complete.Add(1)
	c.progress.add(e.info.Size())
	return nil
}

// fill writes the content of src, and puts it on the device.
func (c *copier) fill(ctx context.Context, t *temporary, src *await.File, e entry) error {
	size := e.info.Size()
	if err := t.f.TruncateContext(ctx, size); err != nil {
		return err
	}
	sums := c.newSums(size)
	err := c.eachBlock(ctx, size, func(ctx context.Context, buf []byte, off int64) error {
		if err := readBlock(ctx, src, buf, off); err != nil {
			return err
		}
		sums.set(off, buf)
		n, err := writeBlock(ctx, t.f, buf, off)
		c.bytes.Add(int64(n))
		if err != nil {
			return err
		}
		c.progress.add(int64(len(buf)))
		return nil
	})
	if err != nil {
		return err
	}
	if err := checkUnchanged(src, e.info); err != nil {
		return err
	}
	if err := t.f.SyncContext(ctx); err != nil {
		return err
	}
	return c.compare(ctx, sums, t.f, size, e)
}

func readBlock(ctx context.Context, f *await.File, buf []byte, off int64) error {
	_, err := f.ReadAtContext(ctx, buf, off)
	if err == io.EOF {
		return errChanged(f.Name())
	}
	return err
}

// writeBlock leaves out blocks of zeros: the file has the size already, and what
// was not written reads as zeros and takes no room. It returns how much it has written.
func writeBlock(ctx context.Context, f *await.File, buf []byte, off int64) (int, error) {
	if isZero(buf) {
		return 0, nil
	}
	return f.WriteAtContext(ctx, buf, off)
}

// isZero compares buf with itself, one byte further on.
func isZero(buf []byte) bool {
	return len(buf) > 0 && buf[0] == 0 && bytes.Equal(buf[1:], buf[:len(buf)-1])
}

// checkUnchanged refuses a copy that may be of two states of the source.
func checkUnchanged(src *await.File, before fs.FileInfo) error {
	now, err := src.Stat()
	if err != nil {
		return err
	}
	if now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) {
		return errChanged(src.Name())
	}
	return nil
}

var errUnstable = errors.New("changed while it was copied: run it again")

func errChanged(name string) error { return fmt.Errorf("%s %w", name, errUnstable) }
