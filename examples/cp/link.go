package main

import (
	"errors"
	"io/fs"

	"github.com/awaitio/awaitio/await"
)

// copyLink makes a symbolic link that leads where its source does.
func copyLink(e entry) error {
	to, err := await.Readlink(e.src)
	if err != nil {
		return err
	}
	if there, err := await.Readlink(e.dst); err == nil && there == to {
		return setLinkTime(e)
	}
	// Under a temporary name first, as it may take the place of something.
	path := temporaryPath(e.dst)
	if err := await.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := await.Symlink(to, path); err != nil {
		return err
	}
	if err := await.Rename(path, e.dst); err != nil {
		_ = await.Remove(path)
		return err
	}
	return setLinkTime(e)
}
