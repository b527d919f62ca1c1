// Package mounts knows which file systems may not answer, and bounds what their silence costs:
// a Table tells the mounts of the system and their Class, without asking any of them, and a Lane
// admits the calls on one mount, waits for none, and refuses them while the mount does not
// answer. It makes no call on a file system, and starts no goroutine or timer: its callers do.
package mounts
