package sysfile

// A FSStat is what statfs(2) tells of a file system.
type FSStat struct {
	BlockSize             int64
	Blocks, Free, Avail   uint64 // of BlockSize; Avail for who is not root
	Files, FreeFiles      uint64
	ReadOnly              bool
	Type, Mounted, Source string // "" where the system does not tell
}
