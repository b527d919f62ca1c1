//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// sameFile is os.SameFile for what does not come from package os.
func sameFile(a, b fs.FileInfo) bool {
	x, ok := a.Sys().(*syscall.Stat_t)
	y, alsoOK := b.Sys().(*syscall.Stat_t)
	return ok && alsoOK && x.Dev == y.Dev && x.Ino == y.Ino
}
