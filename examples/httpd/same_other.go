//go:build !unix

package main

import "io/fs"

// sameFile is there so that the example builds.
func sameFile(_, _ fs.FileInfo) bool { return false }
