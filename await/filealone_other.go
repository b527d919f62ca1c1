//go:build !linux

package await

import "errors"

// Here no file is known to be on a disk: see isOnDisk.

func readHere(int, []byte, int64) (int, error)  { return 0, errors.ErrUnsupported }
func writeHere(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func writeVHere(int, [][]byte) (int, error)     { return 0, errors.ErrUnsupported }
