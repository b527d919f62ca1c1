package backend

import (
	"time"

	"github.com/awaitio/awaitio/internal/edge"
)

// A Request is one operation in flat form. See the Op constants for which
// fields each uses.
type Request struct {
	Token Token
	Op    Op

	// MayHang says that the operation may wait where no kernel expects it to: it
	// must not be tried where that would hold up the others.
	MayHang bool

	// Stream says that FD is a socket or a pipe, and does not linger when it is
	// closed. A backend finds out itself otherwise, where that matters.
	Stream bool

	// Disk says that FD is a regular file or a directory of a local disk, which saves
	// asking the kernel. If it is not true, FD is asked for after an attempt that fails.
	Disk bool

	Limited bool // Limit is set
	Flags   uint32

	// NameLen is set when an accept with room for the peer's address succeeds. A kernel may have it
	// meanwhile, as a socklen_t.
	NameLen uint32

	Mode uint32

	// Conn is not nil if FD is a TCP connection whose number no other has meanwhile. A
	// backend that can watch it does so from the first request that waits, or with an OpNop.
	Conn *edge.Conn

	FD     int
	Offset int64
	Buf    []byte
	Name   []byte // raw socket address, or a path that ends in NUL; of an accept, room
	Msg    *Message
	Stat   *Stat

	// Limit bounds the time the operation may take, where Limited is set. Only
	// for backends whose Features say LinkedTimeout, and not for OpWriteSync.
	Limit time.Duration
}

// Renew makes r one of another operation, on the same kind of descriptor. It is faster than a new
// Request, and takes no room on the stack of a caller that runs the loop.
func (r *Request) Renew(op Op, fd int) {
	hangs, stream, onDisk, conn := r.MayHang, r.Stream, r.Disk, r.Conn
	*r = Request{}
	r.Op, r.FD = op, fd
	r.MayHang, r.Stream, r.Disk, r.Conn = hangs, stream, onDisk, conn
}

// A Message is what recvmsg and sendmsg transfer; readv and writev use its
// Buffers alone.
type Message struct {
	Buffers [][]byte
	Control []byte
	Name    []byte // raw address: where to, or room for where from

	// Set when a receive completes.
	NameLen    int
	ControlLen int
	Flags      int
}

// A Timestamp is seconds and nanoseconds since 1970.
type Timestamp struct {
	Sec  int64
	Nsec uint32
}

// A Stat is what statx tells of a file; Mask says which fields were filled, in
// STATX_* bits.
type Stat struct {
	Mask       uint32
	Mode       uint32
	Nlink      uint32
	UID        uint32
	GID        uint32
	BlockSize  uint32
	Attributes uint64
	Ino        uint64
	Size       uint64
	Blocks     uint64
	Atime      Timestamp
	Btime      Timestamp
	Ctime      Timestamp
	Mtime      Timestamp
	DevMajor   uint32
	DevMinor   uint32
	RdevMajor  uint32
	RdevMinor  uint32
}
