package await

import (
	"os"

	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// OSFile returns a duplicate of f's descriptor as an *os.File, for what asks for that
// type. os/exec is such: it hands the descriptor of an *os.File to the child, and
// copies what it gets from, or gives to, any other reader or writer through a pipe
// and a goroutine, so that Wait waits until nobody has the other end of the pipe.
//
// The duplicate is close-on-exec and the caller's to close. Closing either leaves the
// other open. Both share the position, the flags of open, and the mode: it is blocking
// unless f was opened with O_NONBLOCK or made by NewFile of a descriptor in
// non-blocking mode. Package os itself puts pipes and terminals into non-blocking mode;
// pipes and terminals that AdoptFile took over are in blocking mode from then on, as after
// (*os.File).Fd. The methods of f go on as before.
//
// OSFile does not wait. The error is an *fs.PathError; errors.Is knows os.ErrClosed,
// EMFILE and ENFILE, and os.ErrInvalid for a nil f. It may be called from any
// goroutine.
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
