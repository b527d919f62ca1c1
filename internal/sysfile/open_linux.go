package sysfile

import (
	"strings"

	"golang.org/x/sys/unix"
)

// OpensNoWait reports whether there is OpenNoWait.
const OpensNoWait = true

// opensApart are where the names of devices and of other processes' descriptors are. To open
// one of these twice, or in non-blocking mode first, may have effects of its own: a tape
// rewinds, a modem hangs up, a watchdog starts.
var opensApart = []string{"/dev", "/proc"}

// MayOpenNoWait reports whether OpenNoWait may be called. O_PATH opens no file, and a name with
// a NUL is none.
func MayOpenNoWait(name string, flag int) bool {
	for _, dir := range opensApart {
		if strings.HasPrefix(name, dir) {
			return false
		}
	}
	return flag&unix.O_PATH == 0 && strings.IndexByte(name, 0) < 0
}

// OpenNoWait is open(2) in non-blocking mode, so that an open that waits for another program
// returns at once. What it has opened is final if it is a regular file or a directory, once
// ClearNonblock has taken the mode back. final says so of an error: the name led to no file.
// Other errors may be the mode's, such as ENXIO of a FIFO that nobody reads, and EAGAIN of a
// file that another program has a lease on.
func OpenNoWait(name string, flag int, mode uint32) (fd int, final bool, err error) {
	var room [256]byte
	path := append(append(room[:0], name...), 0)
	for {
		fd, errno := openPath(path, flag|unix.O_NONBLOCK, mode)
		switch errno {
		case 0:
			return fd, true, nil
		case unix.EINTR:
			continue
		case unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP, unix.EEXIST, unix.EISDIR:
			return -1, true, errno
		}
		return -1, false, errno
	}
}

// ClearNonblock takes back the mode of OpenNoWait, by one call: flag is what it was called
// with, and nobody has changed it since. F_SETFL ignores what cannot be changed.
func ClearNonblock(fd, flag int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, flag&^unix.O_NONBLOCK)
	return err
}

// HadWriter reports whether a program has opened the FIFO, which fd is open on for reading,
// for writing since, or had before. It is what an open without O_NONBLOCK waits for.
//
// poll(2) tells of bytes and of writers that have gone. Only tee(2) tells of one who is there
// and has written nothing: it fails with EAGAIN, and returns 0 where there is none.
func HadWriter(fd int) (bool, error) {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(p, 0); n > 0 || err != nil {
		return n > 0, err
	}
	scratch, err := Pipe()
	if err != nil {
		return false, err
	}
	defer func() { _, _ = unix.Close(scratch[0]), unix.Close(scratch[1]) }() // nothing is in it that anybody wants
	n, err := unix.Tee(fd, scratch[1], 1, unix.SPLICE_F_NONBLOCK)
	if err == unix.EAGAIN {
		return true, nil
	}
	return n > 0, err
}
