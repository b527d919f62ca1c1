package main

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/awaitio/awaitio/await"
)

// sums are the checksums of a file's blocks; nil where nobody asks for them. A sum
// of each block instead of one of the file lets them be made at the same time.
type sums struct {
	block int
	of    [][sha256.Size]byte
}

func (c *copier) newSums(size int64) *sums {
	if !c.verify {
		return nil
	}
	return &sums{c.block, make([][sha256.Size]byte, c.blockCount(size))}
}

// set remembers the block at off.
func (s *sums) set(off int64, buf []byte) {
	if s != nil {
		s.of[off/int64(s.block)] = sha256.Sum256(buf)
	}
}

// compare reads the copy back and compares it with what was read of the source.
func (c *copier) compare(ctx context.Context, want *sums, dst *await.File, size int64, e entry) error {
	if want == nil {
		return nil
	}
	return c.eachBlock(ctx, size, func(ctx context.Context, buf []byte, off int64) error {
		if err := readBlock(ctx, dst, buf, off); err != nil {
			return err
		}
		if sha256.Sum256(buf) != want.of[off/int64(want.block)] {
			return fmt.Errorf("%s differs from %s in the %d bytes at %d: remove it and run it again",
				e.dst, e.src, len(buf), off)
		}
		return nil
	})
}

// verifyKept compares a copy that was there with its source.
func (c *copier) verifyKept(ctx context.Context, e entry) error {
	src, err := await.OpenContext(ctx, e.src)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	dst, err := await.OpenContext(ctx, e.dst)
	if err != nil {
		return err
	}
	defer func() { _ = dst.Close() }()
	size := e.info.Size()
	want := c.newSums(size)
	err = c.eachBlock(ctx, size, func(ctx context.Context, buf []byte, off int64) error {
		if err := readBlock(ctx, src, buf, off); err != nil {
			return err
		}
		want.set(off, buf)
		return nil
	})
	if err != nil {
		return err
	}
	return c.compare(ctx, want, dst, size, e)
}
