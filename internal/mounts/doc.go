// Package mounts knows which file systems may not answer, and bounds what that costs. A Table lists
// the mounts of the system with their Class. A Lane bounds the calls on one mount, and refuses new
// ones while the mount does not answer.
//
// The package makes no call on a mounted file system other than proc and sysfs, and starts no
// goroutine or timer: its callers do.
package mounts
