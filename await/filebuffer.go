package await

import (
	"context"
	goio "io"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A Lending says whose memory the kernel gets for the reads and writes of a File. It writes to
// the memory of a read whenever it gets to it, so a caller can leave a call that does not end only if
// that has other memory than the caller's, which costs a copy.
type Lending = fdcall.Lending

// The ways of lending.
const (
	// LendAuto lends where it may be needed: always on a mount that may hang. On a disk it
	// lends for transfers that a context or a deadline can end: of up to 16 KiB, and of any size
	// where the deadline is the file's or another transfer on the device is 100 ms late. What
	// the page cache answers is not lent. A larger transfer that began while the disk seemed
	// well is waited for; Stats counts it in Held.
	LendAuto = fdcall.LendAuto

	// LendAlways lends for each transfer, so that none outlasts its end. No loop has to do with
	// those of a file, and the page cache is not asked first.
	LendAlways = fdcall.LendAlways

	// LendNever copies nothing. A transfer that has begun is waited for, whatever ends it. It is for
	// deep queues of direct I/O on NFS.
	LendNever = fdcall.LendNever
)

// A Buffer is memory that a call on a File may take away: it is not copied, and a context, a
// deadline or a close ends the call on any device all the same. If the kernel still has the memory
// then, the call keeps it, and the Buffer gets other memory. Make one with NewBuffer; it must not
// be copied.
type Buffer = fdcall.Buffer

// NewBuffer returns a Buffer of size bytes. Its memory is aligned for O_DIRECT, as that of
// AlignedBuffer is.
func NewBuffer(size int) *Buffer { return fdcall.NewBuffer(size) }

// ReadBufferAt is ReadAtContext into b: it reads until b is full or the file ends, and no copy is
// made. The bytes are in b.Bytes, to be asked for after the call. If the error is ErrLeft, the
// slices that b.Bytes returned before must not be used any more; what was read by then is in the
// new ones.
//
// b is one call's at a time; another fails with proactor.ErrInUse.
func (f *File) ReadBufferAt(ctx context.Context, b *Buffer, off int64) (int, error) {
	if err := f.checkAt("readat", off); err != nil {
		return 0, err
	}
	return f.transferBuffer(ctx, b, off, fdcall.Reading)
}

// WriteBufferAt is WriteAtContext of all bytes of b, which are not copied. If the error is ErrLeft
// the kernel may still write them, and b has a copy of them: slices that b.Bytes returned before must
// not be used any more.
//
// b is one call's at a time; another fails with proactor.ErrInUse.
func (f *File) WriteBufferAt(ctx context.Context, b *Buffer, off int64) (int, error) {
	if err := f.checkWriteAt(off); err != nil {
		return 0, err
	}
	return f.transferBuffer(ctx, b, off, fdcall.Writing)
}

func (f *File) transferBuffer(ctx context.Context, b *Buffer, off int64, dir fdcall.Direction) (n int, err error) {
	defer runtime.KeepAlive(f)
	op := dir.Op()
	switch {
	case b == nil:
		return 0, f.failed(op, os.ErrInvalid)
	case f.kind == sysfile.Stream:
		return 0, f.failed(op, f.notSeekable())
	case !fdcall.Claim(b):
		return 0, f.failed(op, proactor.ErrInUse)
	}
	defer fdcall.Release(b)
	for n < len(b.Bytes()) {
		p := b.Bytes()[n:]
		m, err := f.d.Transfer(ctx, fdcall.Transfer{Dir: dir, P: p[:min(len(p), transferMax)], Off: off + int64(n), Lent: b})
		n += m
		switch {
		case err != nil:
			return n, f.failed(op, err)
		case m == 0:
			return n, goio.EOF
		}
	}
	return n, nil
}
