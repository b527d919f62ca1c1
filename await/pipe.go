package await

import (
	"os"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// Pipe returns the two ends of a pipe: r reads what is written to w. Reads and writes park their
// goroutines and hold no thread, and support deadlines and contexts. The caller must close both
// ends. They are close-on-exec, and in blocking mode, as a child process that inherits one
// expects.
//
// The error is an *os.SyscallError; errors.Is knows EMFILE and ENFILE.
func Pipe() (r, w *File, err error) { return defaultIO.Pipe() }

// Pipe is the function Pipe on io.
func (io *IO) Pipe() (r, w *File, err error) {
	ends, err := io.loops.System.Pipe()
	if err != nil {
		return nil, nil, os.NewSyscallError(sysfile.PipeCall, err)
	}
	r, err = newFile(io.loops, ends[0], "|0", os.O_RDONLY, LendAuto)
	if err != nil {
		_ = io.loops.CloseNow(ends[1]) // the error above is the one to tell
		return nil, nil, pathFailed("pipe", "|0", err)
	}
	w, err = newFile(io.loops, ends[1], "|1", os.O_WRONLY, LendAuto)
	if err != nil {
		_ = r.Close() // the error above is the one to tell
		return nil, nil, pathFailed("pipe", "|1", err)
	}
	return r, w, nil
}
