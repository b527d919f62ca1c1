//go:build unix && !linux

package await

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openFlags are those of every open.
const openFlags = unix.O_CLOEXEC

// needsSticky reports whether a file that does not exist yet is to get the
// sticky bit, which open(2) does not set here.
func needsSticky(name string, flag int, perm os.FileMode) bool {
	if flag&os.O_CREATE == 0 || perm&os.ModeSticky == 0 {
		return false
	}
	_, err := os.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

func setSticky(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Chmod(name, info.Mode()|os.ModeSticky)
}

func allocate(int, int64, int64) error { return errors.ErrUnsupported }
