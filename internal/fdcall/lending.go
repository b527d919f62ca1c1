package fdcall

import "context"

// What may wait for a disk or a server for ever must not hold up its caller for ever. The kernel
// writes to the memory of a read whenever it gets to it, so a caller can leave only a call that
// has other memory than the caller's: it is lent, and copied. docs/decisions/mounts.md.

// A Lending says whose memory the kernel gets for a transfer of a file.
type Lending uint8

const (
	// LendAuto lends where it may be needed: always on a mount that may hang. On a disk it
	// lends for transfers that a context or a deadline can end: of up to 16 KiB, and of any
	// size where the deadline is the file's or another transfer on the device is 100 ms late.
	LendAuto Lending = iota

	// LendAlways lends for each transfer, and no loop has to do with those of a file.
	LendAlways

	// LendNever copies nothing. A transfer that has begun is waited for, whatever ends it.
	LendNever
)

// How much is lent.
const (
	lentSmall      = 16 << 10  // a copy of so much costs little beside a transfer
	lentMost       = 256 << 10 // at once; longer transfers go in parts
	lentMaxDefault = 64 << 20  // Config.LentMax
	lentMaxLeast   = 1 << 20
	lentShare      = 4 // a device's or a mount's is one part of so many
)

// endable reports whether a call on d may be left by its caller: something can end it, and nothing
// the kernel does.
func (d *Descriptor) endable(ctx context.Context, dir Direction) bool {
	switch d.Lending {
	case LendNever:
		return false
	case LendAlways:
		return true
	}
	return d.Stored && (!Endless(ctx) || d.timed(dir))
}

// Lends reports whether the caller of a transfer may leave it, if it has lent memory.
func (d *Descriptor) Lends(ctx context.Context, dir Direction) bool {
	return d.MayHang() || d.endable(ctx, dir)
}

// timed reports whether d has a deadline.
func (d *Descriptor) timed(dir Direction) bool { return d.side[dir].timed.Load() }

// lends reports whether an endable transfer of so many bytes gets memory of the library's.
// A record that is appended is one write, with which no other's bytes mix: it is not parted.
func (d *Descriptor) lends(dir Direction, size int) bool {
	switch {
	case size <= lentSmall || d.Lending == LendAlways || d.MayHang():
		return true
	case !d.timed(dir) && !d.device().late.Load():
		return false
	}
	return d.part(dir, size) == size || dir == Reading || !d.Appends
}

// part is how much of a transfer of so many bytes goes at once.
func (d *Descriptor) part(dir Direction, size int) int {
	most := int(d.device().lent.max)
	if dir == Reading || !d.Appends {
		most = min(most, lentMost)
	}
	return min(size, most)
}
