//go:build !linux && !darwin && !freebsd

package sysfile

import "errors"

// Statfs is errors.ErrUnsupported.
func Statfs(string) (FSStat, error) { return FSStat{}, errors.ErrUnsupported }

// FStatfs is errors.ErrUnsupported.
func FStatfs(int) (FSStat, error) { return FSStat{}, errors.ErrUnsupported }
