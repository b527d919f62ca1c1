package fdcall

import "context"

// A transfer may wait for a disk or a server for ever, and its caller must be able to leave it. But
// the kernel may write to the memory of a read at any later time. So a caller can leave only a
// transfer that uses other memory: the library lends it, and copies. See docs/decisions/mounts.md.

// A Lending says whose memory the kernel gets for a transfer of a file.
type Lending uint8

const (
	// LendAuto lends where it may be needed. On a mount that may hang it always lends. On a disk it
	// lends for transfers that a context or a deadline can end: of up to 16 KiB, and of any size if
	// the file has a deadline or another transfer on the device is 100 ms late.
	LendAuto Lending = iota

	// LendAlways lends for each transfer. A goroutine makes it, not a loop.
	LendAlways

	// LendNever copies nothing. A transfer that has begun is waited for, whatever ends it.
	LendNever
)

// How much is lent, in bytes.
const (
	lentSmall      = 16 << 10  // a copy of this much costs little compared with a transfer
	lentMost       = 256 << 10 // for one transfer; longer ones go in parts
	lentMaxDefault = 64 << 20  // of Config.LentMax
	lentMaxLeast   = 1 << 20   // of Config.LentMax
	lentShare      = 4         // a device or a mount may use a quarter of Config.LentMax
)

// endable reports whether the caller of a call on d may leave it: something can end the call, and
// the kernel would not stop it.
func (d *Descriptor) endable(ctx context.Context, dir Direction) bool {
	switch d.Lending {
	case LendNever:
		return false
	case LendAlways:
		return true
	}
	return d.Stored && (!Endless(ctx) || d.timed(dir))
}

// Lends reports whether the caller of a transfer may leave it, provided that its memory is lent.
func (d *Descriptor) Lends(ctx context.Context, dir Direction) bool {
	return d.MayHang() || d.endable(ctx, dir)
}

// timed reports whether d has a deadline.
func (d *Descriptor) timed(dir Direction) bool { return d.side[dir].timed.Load() }

// lends reports whether an endable transfer of size bytes gets memory of the library's. A write with
// O_APPEND is not made in parts, because bytes of other writers could come between them.
func (d *Descriptor) lends(dir Direction, size int) bool {
	switch {
	case size <= lentSmall || d.Lending == LendAlways || d.MayHang():
		return true
	case !d.timed(dir) && !d.device().late.Load():
		return false
	}
	return d.part(dir, size) == size || dir == Reading || !d.Appends
}

// part is how many bytes of a transfer of size bytes go at once.
func (d *Descriptor) part(dir Direction, size int) int {
	most := int(d.device().lent.max)
	if dir == Reading || !d.Appends {
		most = min(most, lentMost)
	}
	return min(size, most)
}
