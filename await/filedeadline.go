package await

import (
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// SetDeadline sets both deadlines.
func (f *File) SetDeadline(t time.Time) error {
	if err := f.SetReadDeadline(t); err != nil {
		return err
	}
	return f.SetWriteDeadline(t)
}

// SetReadDeadline sets the instant at which reads fail with an error that is
// os.ErrDeadlineExceeded: reads that are blocked now, and later ones. The zero
// Time is none. It may be moved at any time.
//
// A regular file and a block device take deadlines too. While there is one, transfers of them use
// memory of the library's, and are copied: see Lending. A transfer that began before there
// was one may be waited for. Directories take none: the error is os.ErrNoDeadline.
func (f *File) SetReadDeadline(t time.Time) error { return f.setDeadline(fdcall.Reading, t) }

// SetWriteDeadline is SetReadDeadline for writes. A write that is stopped tells
// how much of it went out.
func (f *File) SetWriteDeadline(t time.Time) error { return f.setDeadline(fdcall.Writing, t) }

func (f *File) setDeadline(dir fdcall.Direction, t time.Time) error {
	switch {
	case f == nil:
		return os.ErrInvalid
	case f.kind == sysfile.Directory && f.d.Lending != LendAlways && !f.d.MayHang() && !f.d.Closed():
		return os.ErrNoDeadline
	}
	return f.failed("set deadline", f.d.SetDeadline(dir, t))
}
