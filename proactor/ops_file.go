package proactor

import (
	"strings"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// CurrentPosition as the offset of a read or write means the descriptor's own
// position, which moves along. It is the offset for what has none: pipes,
// terminals, sockets.
const CurrentPosition = -1

// FsyncDataOnly as the flags of Fsync leaves out metadata that reading the data
// back does not need, as fdatasync(2).
const FsyncDataOnly = backend.FsyncDataOnly

// Read reads up to len(buf) bytes from fd at offset, a count of bytes or CurrentPosition. The
// result's N is how many; 0 means the end of the file. The kernel may be unable to stop a read of
// a file on a disk: a timeout or cancellation then waits for it.
//
// errors.Is knows: EINVAL (alignment, with O_DIRECT), EIO, EISDIR, EBADF (not open for reading),
// ESPIPE, ENXIO and EOVERFLOW (no offset possible), ECONNRESET, ENOBUFS and ENOMEM.
//
// pread(2), read(2); IORING_OP_READ.
func (p *Proactor) Read(c *Completion, fd int, buf []byte, offset int64, callback Callback) error {
	return p.transferAt(c, backend.OpRead, fd, buf, offset, 0, callback)
}

// Write writes all of buf to fd at offset, a count of bytes or CurrentPosition. N is below
// len(buf) only with an error. Files opened with O_APPEND are written at their end, whatever
// offset says.
//
// errors.Is knows: ENOSPC and EDQUOT (full), EFBIG, EIO, EINVAL (alignment, with O_DIRECT), EBADF
// (not open for writing), EPIPE, EPERM, ESPIPE, ENXIO and EOVERFLOW, EDESTADDRREQ.
//
// pwrite(2), write(2); IORING_OP_WRITE.
func (p *Proactor) Write(c *Completion, fd int, buf []byte, offset int64, callback Callback) error {
	return p.transferAt(c, backend.OpWrite, fd, buf, offset, 0, callback)
}

// ReadV is Read into several buffers, which are filled in order; there are 1024
// at most. From submission to callback the proactor has the slice of buffers too.
//
// errors.Is knows the errors of Read.
//
// preadv(2), readv(2); IORING_OP_READV.
func (p *Proactor) ReadV(c *Completion, fd int, buffers [][]byte, offset int64, callback Callback) error {
	return p.transferAllAt(c, backend.OpReadV, fd, buffers, offset, callback)
}

// WriteV is Write from several buffers, which are written in order; there are
// 1024 at most. All buffers are written, in several steps where the file does
// not take them at once. From submission to callback the proactor has the slice
// of them too, and leaves it as it is.
//
// errors.Is knows the errors of Write.
//
// pwritev(2), writev(2); IORING_OP_WRITEV.
func (p *Proactor) WriteV(c *Completion, fd int, buffers [][]byte, offset int64, callback Callback) error {
	return p.transferAllAt(c, backend.OpWriteV, fd, buffers, offset, callback)
}

func (p *Proactor) transferAllAt(c *Completion, op backend.Op, fd int, buffers [][]byte, offset int64, callback Callback) error {
	if err := p.claim(c, kindIO, op, fd, callback); err != nil {
		return err
	}
	d := c.detail()
	d.msg = backend.Message{Buffers: buffers}
	c.req.Msg, c.req.Offset = &d.msg, offset
	switch {
	case len(buffers) > buffersMax:
		return c.refuse(invalid("more than 1024 buffers"))
	case c.length() < 0:
		return c.refuse(errTooLong)
	case c.length() == 0:
		return c.refuse(errEmptyBuffer)
	case offset < CurrentPosition:
		return c.refuse(invalid("negative offset"))
	}
	return p.post(c)
}

// WriteSync is Write, and then Fsync of the bytes written, as one operation: with a nil error all
// of buf is on the device. flags is 0 or FsyncDataOnly. With an error at least N bytes were
// written, and it is not known whether any of them is on the device. If buf is written in several
// parts, one sync at the end covers them all.
//
// errors.Is knows the errors of Write and of Fsync. On a descriptor that cannot be synced, such
// as a pipe, it fails with EINVAL and writes nothing.
//
// pwrite(2), write(2), fsync(2); IORING_OP_WRITE, IORING_OP_FSYNC.
func (p *Proactor) WriteSync(c *Completion, fd int, buf []byte, offset int64, flags int, callback Callback) error {
	return p.transferAt(c, backend.OpWriteSync, fd, buf, offset, flags, callback)
}

func (p *Proactor) transferAt(c *Completion, op backend.Op, fd int, buf []byte, offset int64, flags int, callback Callback) error {
	if err := p.claim(c, kindIO, op, fd, callback); err != nil {
		return err
	}
	switch {
	case len(buf) == 0:
		return c.refuse(errEmptyBuffer)
	case offset < CurrentPosition:
		return c.refuse(invalid("negative offset"))
	}
	c.req.Buf, c.req.Offset, c.req.Flags = buf, offset, uint32(flags)
	return p.post(c)
}

// Fsync waits until the data written to fd is on the device. flags is 0, or FsyncDataOnly to
// leave out metadata that is not needed to read the data back. It covers writes that were
// complete before it was submitted.
//
// errors.Is knows: EIO, ENOSPC and EDQUOT, EROFS and EINVAL (not a file that can be synced),
// EBADF.
//
// fsync(2); IORING_OP_FSYNC.
func (p *Proactor) Fsync(c *Completion, fd, flags int, callback Callback) error {
	return p.flagged(c, backend.OpFsync, fd, flags, callback)
}

// OpenAt opens path, relative to the directory dirfd (or AtCWD) unless it is absolute. flags are
// O_* bits, mode the permissions of a file it creates. The result's N is the descriptor, which is
// close-on-exec. The caller must close it.
//
// errors.Is knows: ENOENT, EEXIST, EACCES and EPERM (they are fs.ErrNotExist, fs.ErrExist,
// fs.ErrPermission too), EISDIR, ENOTDIR, ELOOP, ENAMETOOLONG, EMFILE and ENFILE, EBUSY, EFBIG
// and EOVERFLOW, EINVAL, ENODEV, ENOMEM, ENOSPC, EOPNOTSUPP, EAGAIN, EBADF (dirfd).
//
// openat(2); IORING_OP_OPENAT.
func (p *Proactor) OpenAt(c *Completion, dirfd int, path string, flags int, mode uint32, callback Callback) error {
	if err := p.claimPath(c, backend.OpOpenAt, dirfd, path, callback); err != nil {
		return err
	}
	c.req.Flags, c.req.Mode = uint32(flags), mode
	return p.post(c)
}

// Statx fills *stat for the file at path, relative to the directory dirfd (or AtCWD) unless it is
// absolute. With AT_EMPTY_PATH in flags and "" as path it describes dirfd itself. mask says which
// fields are wanted, in the bits of statx(2).
//
// errors.Is knows: ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG, EINVAL, ENOMEM, EBADF (dirfd).
//
// statx(2); IORING_OP_STATX.
func (p *Proactor) Statx(c *Completion, dirfd int, path string, flags int, mask uint32, stat *Stat, callback Callback) error {
	if err := p.claimPath(c, backend.OpStatx, dirfd, path, callback); err != nil {
		return err
	}
	if stat == nil {
		return c.refuse(invalid("nil Stat"))
	}
	c.details.stat = stat
	c.details.rawStat = backend.Stat{}
	c.req.Flags, c.req.Mode, c.req.Stat = uint32(flags), mask, &c.details.rawStat
	return p.post(c)
}

// pathMax is the kernel's PATH_MAX, with the NUL.
const pathMax = 4096

func (p *Proactor) claimPath(c *Completion, op backend.Op, dirfd int, path string, callback Callback) error {
	if err := p.claim(c, kindIO, op, dirfd, callback); err != nil {
		return err
	}
	switch {
	case dirfd < 0 && dirfd != AtCWD || dirfd > fdMax:
		return c.refuse(&inputError{"directory is neither a descriptor nor AtCWD", syscall.EBADF})
	case strings.IndexByte(path, 0) >= 0:
		return c.refuse(invalid("path with a NUL byte"))
	case len(path) >= pathMax:
		return c.refuse(&inputError{"path of more than 4095 bytes", syscall.ENAMETOOLONG})
	}
	d := c.detail()
	d.path = path
	d.name = append(append(d.name[:0], path...), 0)
	c.req.Name = d.name
	return nil
}

// CloseFD closes fd. Operations under way on it are stopped first and fail with an error that is
// net.ErrClosed. The close waits for them, so their bytes go nowhere else and the number can be
// used again at once. Submissions for fd fail in the same way until then. A close cannot be
// cancelled, and the descriptor is gone even if the kernel reports an error. A Timeout that only
// the program relates to the descriptor continues.
//
// Once the callback has run, the kernel has no reference to the descriptor. To close it with
// close(2) instead, call Settle before.
//
// errors.Is knows: EIO, ENOSPC and EDQUOT (earlier writes failed), EBADF.
//
// close(2); IORING_OP_CLOSE.
func (p *Proactor) CloseFD(c *Completion, fd int, callback Callback) error {
	if err := p.claim(c, kindClose, backend.OpClose, fd, callback); err != nil {
		return err
	}
	return p.post(c)
}
