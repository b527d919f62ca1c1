package mounts

import (
	"structs"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A mntIDReq is struct mnt_id_req, <linux/mount.h>, in its first size.
type mntIDReq struct {
	_     structs.HostLayout
	size  uint32
	fd    uint32
	mntID uint64
	param uint64
}

const (
	mntIDReqSize   = 24         // MNT_ID_REQ_SIZE_VER0
	lsmtRoot       = ^uint64(0) // LSMT_ROOT
	statmountBasic = 0x2        // STATMOUNT_MNT_BASIC
	listedAtOnce   = 256
)

// A statmount is the beginning of struct statmount.
type statmount struct {
	_        structs.HostLayout
	size     uint32
	_        uint32
	mask     uint64
	_        [3]uint64 // of the superblock
	mntID    uint64
	parent   uint64
	mntIDOld uint32
	_        uint32
	_        [56]uint64
}

var _ [mntIDReqSize]byte = [unsafe.Sizeof(mntIDReq{})]byte{}
var _ [512]byte = [unsafe.Sizeof(statmount{})]byte{}

// listMounts returns the unique numbers of all mounts: listmount(2), Linux 6.8. It asks no file system.
func listMounts() (all []uint64, err error) {
	var ids [listedAtOnce]uint64
	req := mntIDReq{size: mntIDReqSize, mntID: lsmtRoot}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_LISTMOUNT, uintptr(unsafe.Pointer(&req)), uintptr(unsafe.Pointer(&ids)), listedAtOnce, 0, 0, 0)
		if errno != 0 {
			return nil, errno
		}
		all = append(all, ids[:n]...)
		if n < listedAtOnce {
			return all, nil
		}
		req.param = ids[n-1]
	}
}

// mountNumber returns the number in proc_pid_mountinfo(5) of the mount with a unique number:
// statmount(2), which asks no file system either.
func mountNumber(unique uint64) (id uint64, ok bool) {
	req := mntIDReq{size: mntIDReqSize, mntID: unique, param: statmountBasic}
	var s statmount
	_, _, errno := unix.RawSyscall6(unix.SYS_STATMOUNT, uintptr(unsafe.Pointer(&req)), uintptr(unsafe.Pointer(&s)), unsafe.Sizeof(s), 0, 0, 0)
	return uint64(s.mntIDOld), errno == 0 && s.mask&statmountBasic != 0
}
