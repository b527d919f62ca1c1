package await

import (
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// AdoptFile converts f to a File and closes f. f may be in blocking or non-blocking mode. If
// AdoptFile fails, f is unchanged. Blocked calls on f delay it.
func AdoptFile(f *os.File) (*File, error) { return defaultIO.AdoptFile(f) }

// AdoptFile is the function AdoptFile on io.
func (io *IO) AdoptFile(f *os.File) (*File, error) {
	switch {
	case f == nil:
		return nil, os.ErrInvalid
	case io.loops.Simulated:
		return nil, pathFailed("adopt", f.Name(), errSimulated)
	}
	c, err := f.SyscallConn()
	if err != nil {
		return nil, pathFailed("adopt", f.Name(), err)
	}
	fd, err := duplicate(c)
	if err != nil {
		return nil, pathFailed("adopt", f.Name(), err)
	}
	adopted, err := newFile(io.loops, fd, f.Name(), sysfile.FlagsUnknown, LendAuto)
	if err != nil {
		return nil, pathFailed("adopt", f.Name(), err)
	}
	adopted.blocks = unblockedByOS(f, fd)
	_ = f.Close() // of a duplicate: there is nothing that could be lost
	return adopted, nil
}

// NewFile makes a File of the descriptor fd. The File closes fd from now on; name is what Name
// returns. Unlike os.NewFile it fails if fd is not an open descriptor, and accepts a descriptor
// in any mode. If NewFile fails for an open fd, it has closed fd.
func NewFile(fd uintptr, name string) (*File, error) { return defaultIO.NewFile(fd, name) }

// NewFile is the function NewFile on io.
func (io *IO) NewFile(fd uintptr, name string) (*File, error) {
	if int(fd) < 0 || uint64(fd) > 1<<31-1 {
		return nil, pathFailed("adopt", name, syscall.EBADF)
	}
	f, err := newFile(io.loops, int(fd), name, sysfile.FlagsUnknown, LendAuto)
	if err != nil {
		return nil, pathFailed("adopt", name, err)
	}
	return f, nil
}

// duplicate is a close-on-exec duplicate of what c has.
func duplicate(c syscall.RawConn) (fd int, err error) {
	if c.Control(func(old uintptr) { fd, err = sysfile.Dup(int(old)) }) != nil {
		return -1, fdcall.ErrDescriptorClosed // there is no other reason
	}
	return fd, err
}
