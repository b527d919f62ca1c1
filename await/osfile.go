package await

import (
	"os"

	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// OSFile returns a duplicate of f's descriptor as an *os.File, for code that needs that type. One
// case is os/exec: it passes the descriptor of an *os.File to the child. For any other reader or
// writer it copies through a pipe and a goroutine, so Wait waits until all other holders of the
// pipe have closed it.
//
// The duplicate is close-on-exec, and the caller must close it. Closing one of the two leaves the
// other open. Both share the position, the flags of open, and the mode. The mode is blocking
// unless f was opened with O_NONBLOCK, or NewFile made it of a descriptor in non-blocking mode.
// Package os itself puts pipes and terminals into non-blocking mode; those that AdoptFile took
// over are in blocking mode from then on, as after (*os.File).Fd. The methods of f work as
// before.
//
// OSFile does not wait. The error is an *fs.PathError; errors.Is knows os.ErrClosed, EMFILE and
// ENFILE, and os.ErrInvalid for a nil f. Any goroutine may call it.
func (f *File) OSFile() (*os.File, error) {
	var made *os.File
	err := f.use("dup", func(fd int) error {
		if f.d.Loop.Loops.Simulated {
			return errSimulated
		}
		copied, err := sysfile.Dup(fd)
		if err != nil {
			return err
		}
		if err := f.handOut(copied); err != nil {
			_ = f.d.Loop.Loops.CloseNow(copied) // of a duplicate: there is nothing that could be lost
			return err
		}
		made = os.NewFile(uintptr(copied), f.name)
		return nil
	})
	return made, err
}

// handOut puts the descriptor into the mode in which others get it.
func (f *File) handOut(fd int) error {
	f.d.Reveal()
	if !f.blocks {
		return nil
	}
	return f.d.System().SetNonblock(fd, false)
}

// unblockedByOS reports whether package os put f into non-blocking mode, which it
// takes back where the number is asked for. fd is a duplicate, and stays in its mode.
func unblockedByOS(f *os.File, fd int) bool {
	if !socket.IsNonblock(fd) {
		return false
	}
	_ = f.Fd()
	if socket.IsNonblock(fd) {
		return false // somebody else did
	}
	return socket.SetNonblock(fd, true) == nil
}
