//go:build unix

package main

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// setLinkTime gives a link, not what it leads to, the time of its source.
func setLinkTime(e entry) error {
	modified, err := unix.TimeToTimespec(e.info.ModTime())
	if err != nil {
		return err
	}
	times := []unix.Timespec{modified, modified}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, e.dst, times, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &fs.PathError{Op: "set the time of", Path: e.dst, Err: err}
	}
	return nil
}
