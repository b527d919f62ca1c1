package mounts

import "strings"

// A Class is what is known of a file system: whether its answer waits for somebody.
type Class uint8

const (
	Disk    Class = iota // answers, unless a device breaks
	MayHang              // waits for a server, a program, or something unknown
)

func (c Class) String() string {
	if c == Disk {
		return "disk"
	}
	return "may hang"
}

// onDevices are the file systems that keep all their data on devices of this machine, or in its
// memory. If the device is itself a file (a loop device), the class of that file's mount counts.
// Any other name may hang: fuse and its subtypes, fuseblk, nfs, cifs, ceph, 9p, virtiofs, lustre,
// autofs, proc (its files may wait for a process), and unknown ones.
var onDevices = map[string]bool{
	"ext2": true, "ext3": true, "ext4": true, "xfs": true, "btrfs": true, "zfs": true, "f2fs": true, "bcachefs": true,
	"jfs": true, "reiserfs": true, "nilfs2": true, "vfat": true, "msdos": true, "exfat": true, "ntfs3": true, "hfs": true,
	"hfsplus": true, "iso9660": true, "udf": true, "squashfs": true, "erofs": true, "cramfs": true, "romfs": true,
	"minix": true, "ubifs": true, "jffs2": true,
	"tmpfs": true, "ramfs": true, "rootfs": true, "devtmpfs": true, "devpts": true, "hugetlbfs": true, "sysfs": true,
	"cgroup": true, "cgroup2": true, "securityfs": true, "debugfs": true, "tracefs": true, "pstore": true, "bpf": true,
	"configfs": true, "mqueue": true, "efivarfs": true, "selinuxfs": true, "binfmt_misc": true, "nsfs": true,
	"overlay": true, "aufs": true, // of an overlay the layers count too: see Classify
	"apfs": true, "ufs": true, "ffs": true, "hammer2": true, "devfs": true, "fdescfs": true, "kernfs": true, "mfs": true,
}

// Loop is the major number of loop devices.
const Loop = 7

// Classify sets the Class of each mount. backing returns the file behind a loop device, or "" if
// that is not known. A loop device or an overlay may hang if a mount below it may. A lower path that
// is on none of the mounts belongs to another container, and counts as a disk.
func Classify(all []Mount, backing func(minor uint32) string) {
	for i := range all {
		m := &all[i]
		if !onDevices[m.Type] {
			m.Class = MayHang
		}
	}
	for i := range all {
		m := &all[i]
		var below []string
		switch {
		case m.Class == MayHang:
			continue
		case m.Device>>32 == Loop:
			below = []string{backing(uint32(m.Device))}
		case m.Type == "overlay":
			below = m.layers
		}
		for _, path := range below {
			if longest(all, path, i).Class == MayHang {
				m.Class = MayHang
			}
		}
	}
}

// longest returns the mount whose point is the longest prefix of path, without considering the one
// with the index skip. If several are mounted at one point, the last is on top.
func longest(all []Mount, path string, skip int) Mount {
	best := &Mount{}
	for i := range all {
		if m := &all[i]; i != skip && len(m.Point) >= len(best.Point) && IsBelow(path, m.Point) {
			best = m
		}
	}
	return *best
}

// IsBelow reports whether path is point or a name below it. Both are clean and absolute.
func IsBelow(path, point string) bool {
	if point == "/" {
		return strings.HasPrefix(path, "/")
	}
	return strings.HasPrefix(path, point) && (len(path) == len(point) || path[len(point)] == '/')
}
