//go:build unix

package simdisk

// A Space is what statfs(2) tells, in bytes.
type Space struct {
	Size, Free int64
	Block      int64
	Nodes      uint64 // files and directories made so far
}

// unbounded is the size that a disk without one tells.
const unbounded = 1 << 40

// Statfs is statfs(2).
func (d *Disk) Statfs() Space {
	d.count()
	size := d.config.Size
	if size <= 0 {
		size = unbounded
	}
	return Space{Size: size, Free: max(0, size-d.used), Block: pageSize, Nodes: d.made}
}
