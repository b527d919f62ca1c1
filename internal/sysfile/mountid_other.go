//go:build !linux

package sysfile

import "os"

// MountID is of no use where a file's device tells its mount.
func MountID(int) (id uint64, ok bool) { return 0, false }

// UniqueMountID is of no use either.
func UniqueMountID(int) (id uint64, ok bool) { return 0, false }

// Getwd is that of package os.
func Getwd() (string, error) { return os.Getwd() }
