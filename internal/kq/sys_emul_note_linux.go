//go:build linux && kqueue

package kq

import (
	"container/list"
	"math"

	"golang.org/x/sys/unix"
)

// noteKey is what a note is known by: there is one per descriptor and filter.
type noteKey struct {
	ident  uint64
	filter int16
}

func keyOf(k *Kevent) noteKey { return noteKey{k.Ident, k.Filter} }

func (k noteKey) isUser() bool { return k.filter == EVFILT_USER }
func (k noteKey) fd() int      { return int(k.ident) }

// A file is what a descriptor stands for. A note is gone when its number stands
// for another; that of EVFILT_USER has the zero file for good.
type file struct {
	dev, ino uint64
	kind     uint32 // S_IFIFO, S_IFSOCK and so on
}

// A note is what a kqueue watches for.
type note struct {
	noteKey
	file  file
	flags uint16 // EV_ONESHOT, EV_CLEAR
	udata *byte
	token uint64

	disabled  bool
	triggered bool          // EVFILT_USER
	place     *list.Element // in kqueue.active, or nil
}

// fileOf returns the file that a change is about.
func fileOf(k *Kevent) (file, unix.Errno) {
	switch k.Filter {
	case EVFILT_READ, EVFILT_WRITE, EVFILT_USER:
		return keyOf(k).fileNow()
	}
	return file{}, unix.EINVAL
}

func (k noteKey) fileNow() (file, unix.Errno) {
	if k.isUser() {
		return file{}, 0
	}
	if k.ident > math.MaxInt32 {
		return file{}, unix.EBADF
	}
	var st unix.Stat_t
	if err := unix.Fstat(k.fd(), &st); err != nil {
		return file{}, errnoOf(err)
	}
	return file{uint64(st.Dev), st.Ino, st.Mode & unix.S_IFMT}, 0
}

// state returns what poll(2) says of the descriptor, and whether that is an
// event for the note.
func (n *note) state() (revents int16, ready bool) {
	if n.isUser() {
		return 0, n.triggered
	}
	interest := int16(unix.POLLIN | unix.POLLRDHUP)
	if n.filter == EVFILT_WRITE {
		interest = unix.POLLOUT
	}
	fds := [1]unix.PollFd{{Fd: int32(n.fd()), Events: interest}}
	for {
		if _, err := unix.Poll(fds[:], 0); err != unix.EINTR {
			break
		}
	}
	revents = fds[0].Revents
	if n.isPipeWriter() {
		return revents, revents&unix.POLLOUT != 0
	}
	return revents, revents&^unix.POLLNVAL != 0
}

func (n *note) isPipeWriter() bool {
	return n.filter == EVFILT_WRITE && n.file.kind == unix.S_IFIFO
}

func (n *note) isBrokenPipe() bool {
	if !n.isPipeWriter() {
		return false
	}
	revents, _ := n.state()
	return revents&unix.POLLERR != 0
}

// fill makes k the event of n.
func (n *note) fill(k *Kevent, revents int16) {
	*k = Kevent{Ident: n.ident, Filter: n.filter, Flags: n.flags, Udata: n.udata}
	switch n.filter {
	case EVFILT_READ:
		k.Data = n.readable()
	case EVFILT_WRITE:
		k.Data = n.writable()
	}
	if n.isEOF(revents) {
		k.Flags |= EV_EOF
	}
}

// isEOF reports whether the note's direction has ended. A socket's error alone,
// such as that of a datagram nobody wanted, does not end it.
func (n *note) isEOF(revents int16) bool {
	ends := int16(unix.POLLHUP)
	if n.filter == EVFILT_READ {
		ends |= unix.POLLRDHUP
	}
	if n.file.kind != unix.S_IFSOCK {
		ends |= unix.POLLERR
	}
	return revents&ends != 0
}

// readable is how many bytes can be read, or connections be accepted where that
// is known: of TCP.
func (n *note) readable() int64 {
	fd := n.fd()
	if n.file.kind == unix.S_IFSOCK {
		if on, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err == nil && on != 0 {
			info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil {
				return 1
			}
			return int64(info.Unacked) // of a listener, the backlog
		}
	}
	count, err := unix.IoctlGetInt(fd, unix.TIOCINQ) // FIONREAD by another name
	if err != nil {
		return 0
	}
	return int64(count)
}

// writable is about how many bytes can be written.
func (n *note) writable() int64 {
	fd := n.fd()
	var size, used int
	var err error
	switch n.file.kind {
	case unix.S_IFSOCK:
		if size, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF); err == nil {
			used, err = unix.IoctlGetInt(fd, unix.SIOCOUTQ)
		}
	case unix.S_IFIFO:
		if size, err = unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0); err == nil {
			used, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		}
	}
	if err != nil || used >= size {
		return 1
	}
	return int64(size - used)
}
