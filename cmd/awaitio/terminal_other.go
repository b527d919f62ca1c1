//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package main

import (
	"errors"
	"os"
)

// isTTY is false where no terminal is known: text is printed once.
func isTTY(*os.File) bool { return false }

func rawMode(*os.File) (restore func(), err error) { return nil, errors.ErrUnsupported }

func size(*os.File) (columns, lines int) { return 80, 24 }
