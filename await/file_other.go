//go:build !unix

package await

import (
	"errors"
	"os"
)

// Here no file is ever open: no IO starts.

const openFlags = 0

func inspect(int, int) (traits, error)          { return traits{}, errors.ErrUnsupported }
func systemMode(mode os.FileMode) uint32        { return uint32(mode.Perm()) }
func needsSticky(string, int, os.FileMode) bool { return false }
func setSticky(string) error                    { return errors.ErrUnsupported }
func writeNothing(int) error                    { return errors.ErrUnsupported }
func seek(int, int64, int) (int64, error)       { return 0, errors.ErrUnsupported }
func truncate(int, int64) error                 { return errors.ErrUnsupported }
func allocate(int, int64, int64) error          { return errors.ErrUnsupported }
func changeMode(int, uint32) error              { return errors.ErrUnsupported }
func changeOwner(int, int, int) error           { return errors.ErrUnsupported }
func changeDir(int) error                       { return errors.ErrUnsupported }
func duplicateFD(int) (int, error)              { return 0, errors.ErrUnsupported }
