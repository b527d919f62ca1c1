//go:build !unix

package sysfile

import (
	"errors"
	"os"
)

// Here no file is ever open: no backend starts.

// OpenFlags are set in every open. OpenNonblock is O_NONBLOCK.
const (
	OpenFlags    = 0
	OpenNonblock = 0
)

// Inspect is errors.ErrUnsupported, as all of the following.
func Inspect(int, int) (Traits, error) { return Traits{}, errors.ErrUnsupported }

// Mode is mode in the bits of chmod(2).
func Mode(mode os.FileMode) uint32 { return uint32(mode.Perm()) }

// NeedsSticky is false.
func NeedsSticky(string, int, os.FileMode) bool { return false }

// SetSticky sets the sticky bit of the file name.
func SetSticky(string) error { return errors.ErrUnsupported }

// Read is pread(2).
func Read(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }

// Write is pwrite(2).
func Write(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }

// WriteNothing is a write of nothing.
func WriteNothing(int) error { return errors.ErrUnsupported }

// Seek is lseek(2).
func Seek(int, int64, int) (int64, error) { return 0, errors.ErrUnsupported }

// Truncate is ftruncate(2).
func Truncate(int, int64) error { return errors.ErrUnsupported }

// Allocate is fallocate(2).
func Allocate(int, int64, int64) error { return errors.ErrUnsupported }

// Chmod is fchmod(2).
func Chmod(int, uint32) error { return errors.ErrUnsupported }

// Chown is fchown(2).
func Chown(int, int, int) error { return errors.ErrUnsupported }

// Chdir is fchdir(2).
func Chdir(int) error { return errors.ErrUnsupported }

// Dup duplicates a descriptor.
func Dup(int) (int, error) { return 0, errors.ErrUnsupported }
