//go:build !linux

package sysfile

import "errors"

// HasStatx reports whether there is Statx.
const HasStatx = false

// Statx is errors.ErrUnsupported.
func Statx(int, *Stat) error { return errors.ErrUnsupported }

// StatxPath is errors.ErrUnsupported.
func StatxPath(string, int, *Stat) error { return errors.ErrUnsupported }
