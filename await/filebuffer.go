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

// A Lending says which memory the kernel uses for the reads and writes of a File: the caller's,
// or memory that the library lends to the call and copies from or to. The kernel may write to a
// read's memory at any later time. So a caller can leave a call that does not end only if the
// call uses lent memory.
type Lending = fdcall.Lending

// The ways of lending.
const (
	// LendAuto lends memory where it may be needed. On a mount that may hang it always does. On
	// a disk it lends to transfers of up to 16 KiB that a context or a deadline can end. It
	// also lends to larger ones if the deadline is the file's, or if another transfer on the
	// device is 100 ms late. Reads from the page cache use the caller's memory. If a larger
	// transfer began while the disk still answered, the call waits for it; Stats counts it in
	// Held.
	LendAuto = fdcall.LendAuto

	// LendAlways lends memory to each transfer, so that none outlasts its end. Goroutines make
	// the transfers of such a file, not a loop, and the page cache is not tried first.
	LendAlways = fdcall.LendAlways

	// LendNever copies nothing. A call waits for its transfer once that has begun, whatever
	// ends the call. It is for deep queues of direct I/O on NFS.
	LendNever = fdcall.LendNever
)

// A Buffer is memory for calls on a File that need no copy and that a context, a deadline or a
// close can still end, on any device. If the kernel still uses the memory when the call ends, the
// call keeps it, and the Buffer gets other memory. Make one with NewBuffer; it must not be
// copied. Its method Bytes() []byte returns the memory, which is valid until the next call with the
// Buffer.
type Buffer = fdcall.Buffer

// NewBuffer returns a Buffer of size bytes. Its memory is aligned for O_DIRECT, as that of
// AlignedBuffer is.
func NewBuffer(size int) *Buffer { return fdcall.NewBuffer(size) }

// ReadBufferAt is ReadAtContext into b, without a copy: it reads until b is full or the file
// ends. Call b.Bytes after it to get the bytes. If the error is ErrLeft, the slices that b.Bytes
// returned before must not be used any more; the bytes read until then are in the new ones.
//
// Only one call may use b at a time; another fails with proactor.ErrInUse.
func (f *File) ReadBufferAt(ctx context.Context, b *Buffer, off int64) (int, error) {
	if err := f.checkAt("readat", off); err != nil {
		return 0, err
	}
	return f.transferBuffer(ctx, b, off, fdcall.Reading)
}

// WriteBufferAt is WriteAtContext of all bytes of b, without a copy. If the error is ErrLeft, the
// kernel may still write them, and b has a copy of them: slices that b.Bytes returned before must
// not be used any more.
//
// Only one call may use b at a time; another fails with proactor.ErrInUse.
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
	ctx, end, err := f.admit(ctx, len(b.Bytes()))
	if err != nil {
		return 0, f.failed(op, err)
	}
	defer end()
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
