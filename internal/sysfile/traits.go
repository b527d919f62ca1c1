package sysfile

// A Kind is the kind of an open file, as far as calls differ by it.
type Kind uint8

// The kinds of files. Files from Positioned on have a position.
const (
	Stream     Kind = iota // no position: a pipe, a terminal, a socket
	Device                 // may have a position or not
	Positioned             // a disk's block device
	Regular
	Directory
)

// Traits are the properties of an open file that never change.
type Traits struct {
	Kind    Kind
	Appends bool // O_APPEND
	Nowait  bool // regular, and reads of its page cache may be attempted with ReadCached
	OnDisk  bool // a regular file or a directory that no server and no program provides
	Pipe    bool
	Device  uint64 // of the file system: the one of package mounts, of its major and minor numbers
}

// FlagsUnknown has Inspect ask a descriptor for its flags.
const FlagsUnknown = -1
