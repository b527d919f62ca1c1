//go:build unix && !solaris && !illumos && !aix

package proactor

import "golang.org/x/sys/unix"

// sysRelease is the system and its release, as uname(2) has them.
func sysRelease() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}
