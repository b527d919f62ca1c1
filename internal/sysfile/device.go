package sysfile

// Major and Minor split a device number into the two numbers of a Stat, and
// MakeDevice joins them again, with nothing lost: the device is part
// of a file's Identity.
func Major(dev uint64) uint32               { return major(dev) }
func Minor(dev uint64) uint32               { return minor(dev) }
func MakeDevice(major, minor uint32) uint64 { return joinDevice(major, minor) }

// The 64 bits of FreeBSD's dev_t as of release 12, by sys/types.h. Package unix knows
// the 32 bits of earlier releases, some of which are in the same places.
func major64(dev uint64) uint32 { return uint32(dev>>32)&0xffffff00 | uint32(dev>>8)&0xff }
func minor64(dev uint64) uint32 { return uint32(dev>>24)&0xff00 | uint32(dev)&0xffff00ff }

func join64(major, minor uint32) uint64 {
	M, m := uint64(major), uint64(minor)
	return M&0xffffff00<<32 | M&0xff<<8 | m&0xff00<<24 | m&0xffff00ff
}
