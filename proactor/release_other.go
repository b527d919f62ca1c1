//go:build !unix || solaris || illumos || aix

package proactor

import "runtime"

// sysRelease is the system's name.
func sysRelease() string { return runtime.GOOS }
