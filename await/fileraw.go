package await

import (
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
)

// SyscallConn returns a syscall.RawConn for system calls of your own. Its Read and Write wait until
// the file is ready, its deadline passes or it is closed, before they try again; they are for files
// in non-blocking mode. Close waits for functions that run, so they must not call it.
func (f *File) SyscallConn() (syscall.RawConn, error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	f.d.Reveal()
	return rawFile{f}, nil
}

type rawFile struct{ f *File }

func (r rawFile) Control(f func(fd uintptr)) error {
	return r.f.use("raw-control", func(fd int) error {
		f(uintptr(fd))
		return nil
	})
}

func (r rawFile) Read(f func(fd uintptr) bool) error {
	return r.f.failed("raw-read", r.f.d.Until(f, fdcall.Reading, socket.PollIn))
}

func (r rawFile) Write(f func(fd uintptr) bool) error {
	return r.f.failed("raw-write", r.f.d.Until(f, fdcall.Writing, socket.PollOut))
}
