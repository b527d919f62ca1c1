package sysfile

import (
	"errors"
	"os"
	"sync"
	"syscall"
)

// A program whose standard output has no reader left is to end. Package os raises
// SIGPIPE where a write to the descriptor 1 or 2 fails with EPIPE, unless the program
// asked to be told of that signal or ignores it (os/signal, "SIGPIPE"). Nothing else
// can raise it that way, so package os makes the failed write once more.

// standard are package os's own files of the descriptors 1 and 2. They are kept: one
// that is forgotten would close its descriptor.
var standard struct {
	sync.Mutex
	files [3]*os.File
}

// BrokenPipe is called after a write of p to fd failed with err. It raises SIGPIPE where
// package os would, and returns how much of p went out after all, and the error.
func BrokenPipe(fd int, p []byte, err error) (int, error) {
	if fd != 1 && fd != 2 || !errors.Is(err, syscall.EPIPE) {
		return 0, err
	}
	standard.Lock()
	f := standard.files[fd]
	if f == nil {
		f = os.NewFile(uintptr(fd), "")
		standard.files[fd] = f
	}
	standard.Unlock()
	n, failed := f.Write(p)
	if failed == nil {
		return n, nil // there is a reader again
	}
	return n, err
}
