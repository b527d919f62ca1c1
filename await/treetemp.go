package await

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// CreateTemp creates a file with a new name in the directory dir, or in os.TempDir if dir
// is empty, and opens it for reading and writing. The name is pattern with a random
// string in place of its last "*", or at its end if it has none. The file's mode is
// 0o600, before umask. Programs that call CreateTemp at the same time get different files.
// Nothing removes the file but the caller; Name returns its path.
//
// The error is an *fs.PathError, as that of OpenFile.
func CreateTemp(dir, pattern string) (*File, error) { return defaultIO.CreateTemp(dir, pattern) }

// CreateTempContext is like CreateTemp, but returns when ctx ends. If the error is ErrLeft, the file
// may still be created.
func CreateTempContext(ctx context.Context, dir, pattern string) (*File, error) {
	return defaultIO.CreateTempContext(ctx, dir, pattern)
}

// MkdirTemp creates a directory with a new name in the directory dir, or in os.TempDir if
// dir is empty, and returns its path. The name is made of pattern as that of CreateTemp
// is; the mode is 0o700, before umask. Nothing removes the directory but the caller.
func MkdirTemp(dir, pattern string) (string, error) { return defaultIO.MkdirTemp(dir, pattern) }

// MkdirTempContext is like MkdirTemp, but returns when ctx ends. If the error is ErrLeft, the
// directory may still be created.
func MkdirTempContext(ctx context.Context, dir, pattern string) (string, error) {
	return defaultIO.MkdirTempContext(ctx, dir, pattern)
}

// CreateTemp is the function CreateTemp on io.
func (io *IO) CreateTemp(dir, pattern string) (*File, error) {
	return io.CreateTempContext(context.Background(), dir, pattern)
}

// tempTries is how many names are tried, as by package os.
const tempTries = 10000

// CreateTempContext is the function CreateTempContext on io.
func (io *IO) CreateTempContext(ctx context.Context, dir, pattern string) (*File, error) {
	prefix, suffix, err := sysfile.TempName(pattern)
	if err != nil {
		return nil, &fs.PathError{Op: "createtemp", Path: pattern, Err: err}
	}
	if dir == "" {
		dir = io.loops.System.TempDir()
	}
	prefix = sysfile.JoinPath(dir, prefix)
	for range tempTries {
		name := prefix + strconv.FormatUint(uint64(rand.Uint32()), 10) + suffix
		f, err := io.OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "createtemp", Path: prefix + "*" + suffix, Err: fs.ErrExist}
}

// MkdirTemp is the function MkdirTemp on io.
func (io *IO) MkdirTemp(dir, pattern string) (string, error) {
	return io.MkdirTempContext(context.Background(), dir, pattern)
}

// MkdirTempContext is the function MkdirTempContext on io.
func (io *IO) MkdirTempContext(ctx context.Context, dir, pattern string) (name string, err error) {
	return onTreeFor(io, ctx, "mkdirtemp", pattern, func() (string, error) { return io.loops.System.MkdirTemp(dir, pattern) }, nil)
}
