package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/await"
)

// makeDirs makes the directories, with permission to write in them.
func (c *copier) makeDirs(ctx context.Context, p *plan) error {
	for _, e := range p.dirs {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		look := await.Lstat
		if e.dst == p.dst { // the user's own choice
			look = await.Stat
		}
		if err := makeDir(e, look); err != nil {
			return err
		}
	}
	return nil
}

// makeDir makes a directory, or makes one of a run before this ready. A link to
// one will do only if look follows it.
func makeDir(e entry, look func(string) (fs.FileInfo, error)) error {
	mode := e.info.Mode().Perm() | 0o700
	err := await.Mkdir(e.dst, mode)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := look(e.dst)
	if err != nil {
		return err
	}
	if !there.IsDir() {
		return fmt.Errorf("%s exists and is not a directory, but %s is one: remove the first", e.dst, e.src)
	}
	if there.Mode().Perm()&0o700 != 0o700 {
		if err := await.Chmod(e.dst, mode); err != nil {
			return err
		}
	}
	return removeTemporaries(e.dst)
}

// finishDirs puts the directories on the device, then gives them the modes and
// times of their sources.
func (c *copier) finishDirs(ctx context.Context, p *plan) error {
	err := c.each(ctx, p.dirs, func(ctx context.Context, e entry) error { return syncDir(ctx, e.dst) })
	if err != nil {
		return err
	}
	// From the inside out: a directory may be closed to its owner.
	for i := len(p.dirs) - 1; i >= 0; i-- {
		if err := finishDir(p.dirs[i]); err != nil {
			c.fail(err)
		}
	}
	return syncDir(ctx, filepath.Dir(p.dst))
}

func finishDir(e entry) error {
	if err := await.Chtimes(e.dst, time.Time{}, e.info.ModTime()); err != nil {
		return err
	}
	return await.Chmod(e.dst, e.info.Mode().Perm())
}

// syncDir makes the names in a directory last. Not every file system can.
func syncDir(ctx context.Context, path string) error {
	dir, err := await.OpenContext(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // it was only read
	err = dir.SyncContext(ctx)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
