//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/workers"
)

// opcodes are the kernel's names of the seam's operations.
var opcodes = [backend.OpCount]uint8{
	backend.OpNop:      IORING_OP_NOP,
	backend.OpAccept:   IORING_OP_ACCEPT,
	backend.OpConnect:  IORING_OP_CONNECT,
	backend.OpRecv:     IORING_OP_RECV,
	backend.OpSend:     IORING_OP_SEND,
	backend.OpRecvMsg:  IORING_OP_RECVMSG,
	backend.OpSendMsg:  IORING_OP_SENDMSG,
	backend.OpRead:     IORING_OP_READ,
	backend.OpWrite:    IORING_OP_WRITE,
	backend.OpFsync:    IORING_OP_FSYNC,
	backend.OpOpenAt:   IORING_OP_OPENAT,
	backend.OpClose:    IORING_OP_CLOSE,
	backend.OpStatx:    IORING_OP_STATX,
	backend.OpShutdown: IORING_OP_SHUTDOWN,
	backend.OpSocket:   IORING_OP_SOCKET,
	backend.OpPoll:     IORING_OP_POLL_ADD,
	backend.OpReadV:    IORING_OP_READV,
	backend.OpWriteV:   IORING_OP_WRITEV,

	backend.OpWriteSync: IORING_OP_FSYNC, // a worker writes and syncs
}

// fill puts the operation's next submission into the queue, with its companion if
// it has one, or reports that there is no room.
func (b *Backend) fill(f *operation) bool {
	var sqe, second *SQE
	if f.req.Limited {
		sqe, second = b.ring.NextPair()
	} else {
		sqe = b.ring.Next()
	}
	if sqe == nil {
		return false
	}
	f.left, f.state = 1, inKernel
	if f.stage == stagePoll {
		sqe.PrepPollAdd(f.req.FD, pollEvents(f.req.Op))
	} else if f.prepare(sqe); f.way != wayPlain {
		b.direct(f, sqe)
	}
	sqe.UserData = userData(f.token)
	if second != nil {
		f.link(sqe, second)
	}
	return true
}

// link has the kernel limit the time of sqe, by second. It is not inlined: see limit.
//
//go:noinline
func (f *operation) link(sqe, second *SQE) {
	f.left = 2
	sqe.Flags |= IOSQE_IO_LINK
	f.args.limit = TimespecOf(time.Until(f.args.deadline))
	second.PrepLinkTimeout(&f.args.limit, 0)
	second.UserData = userData(f.token) | companion
}

// direct has the kernel take the operation's way, which is not the plain one.
func (b *Backend) direct(f *operation, sqe *SQE) {
	if f.way == wayTry {
		sqe.OpFlags = unix.RWF_NOWAIT
		return
	}
	b.kept = true
	if f.way == wayKept {
		return
	}
	sqe.Flags |= IOSQE_ASYNC
	switch f.op {
	case backend.OpOpenAt, backend.OpStatx, backend.OpClose, backend.OpSocket, backend.OpNop:
		return // the kernel keeps no file open for it
	}
	if slot, ok := b.ring.lend(f.req.FD, userData(f.token)|companion); ok {
		f.left, f.slot = 2, int32(slot)
		sqe.FD = f.slot
		sqe.Flags |= IOSQE_FIXED_FILE
	}
}

// prepare fills sqe for the operation itself.
func (f *operation) prepare(sqe *SQE) {
	switch r := f.req; r.Op {
	case backend.OpRecv:
		sqe.PrepRecv(r.FD, r.Buf, r.Flags)
	case backend.OpSend:
		sqe.PrepSend(r.FD, r.Buf, sendFlags(r.Flags))
	default:
		f.prepareOther(sqe)
	}
}

// prepareOther is prepare for operations that are not worth a small frame on the stack of a caller
// that runs the loop.
func (f *operation) prepareOther(sqe *SQE) {
	switch r := f.req; r.Op {
	case backend.OpNop:
		sqe.PrepNop()
	case backend.OpAccept:
		sqe.PrepAccept(r.FD, r.Name, f.loadNameLen(), r.Flags|unix.SOCK_CLOEXEC)
	case backend.OpConnect:
		sqe.PrepConnect(r.FD, r.Name)
	case backend.OpRecvMsg:
		sqe.PrepRecvMsg(r.FD, f.loadMessage(), r.Flags|unix.MSG_CMSG_CLOEXEC)
	case backend.OpSendMsg:
		sqe.PrepSendMsg(r.FD, f.loadMessage(), sendFlags(r.Flags))
	case backend.OpRead:
		sqe.PrepRead(r.FD, r.Buf, r.Offset)
	case backend.OpWrite:
		sqe.PrepWrite(r.FD, r.Buf, r.Offset)
	case backend.OpFsync:
		sqe.PrepFsync(r.FD, r.Flags&backend.FsyncDataOnly*IORING_FSYNC_DATASYNC)
	case backend.OpOpenAt:
		sqe.PrepOpenAt(r.FD, &r.Name[0], int(r.Flags|unix.O_CLOEXEC), r.Mode)
	case backend.OpClose:
		sqe.PrepClose(r.FD)
	case backend.OpStatx:
		sqe.PrepStatx(r.FD, &r.Name[0], int(r.Flags), r.Mode, &f.hold().statx)
	case backend.OpShutdown:
		sqe.PrepShutdown(r.FD, int(r.Flags))
	case backend.OpSocket:
		sqe.PrepSocket(int(r.Mode), int(r.Flags)|unix.SOCK_CLOEXEC, int(r.Offset), 0)
	case backend.OpPoll:
		sqe.PrepPollAdd(r.FD, r.Flags)
	case backend.OpReadV:
		iovs, count := f.loadBuffers()
		sqe.PrepReadv(r.FD, iovs, count, r.Offset, 0)
	case backend.OpWriteV:
		iovs, count := f.loadBuffers()
		sqe.PrepWritev(r.FD, iovs, count, r.Offset, 0)
	}
}

// sendFlags has the kernel finish a partial send itself (MSG_WAITALL, 5.19)
// unless the caller would not wait for that, and never raise SIGPIPE.
func sendFlags(flags uint32) uint32 {
	if flags&unix.MSG_DONTWAIT == 0 {
		flags |= unix.MSG_WAITALL
	}
	return flags | unix.MSG_NOSIGNAL
}

// waits reports whether EAGAIN is not r's answer but a reason to wait: the
// kernel gives it for descriptors in non-blocking mode on older versions, and
// once in a while for no reason (liburing#274, #364).
func waits(r *backend.Request) bool {
	switch r.Op {
	case backend.OpRecv, backend.OpSend, backend.OpRecvMsg, backend.OpSendMsg:
		return r.Flags&unix.MSG_DONTWAIT == 0
	case backend.OpAccept, backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return true
	}
	return false
}

func pollEvents(op backend.Op) uint32 {
	switch op {
	case backend.OpConnect, backend.OpSend, backend.OpSendMsg, backend.OpWrite, backend.OpWriteV:
		return unix.POLLOUT
	}
	return unix.POLLIN
}

// loadNameLen is where the kernel finds the room for a peer's address and puts
// its length; nil where nobody wants to know.
func (f *operation) loadNameLen() *uint32 {
	if len(f.req.Name) == 0 {
		return nil
	}
	f.req.NameLen = uint32(len(f.req.Name))
	return &f.req.NameLen
}

// loadMessage fills the operation's struct msghdr.
func (f *operation) loadMessage() *unix.Msghdr {
	m, c := f.req.Msg, f.hold()
	iovs, count := f.loadBuffers()
	c.header = unix.Msghdr{Iov: iovs}
	c.header.SetIovlen(count)
	if len(m.Name) > 0 {
		c.header.Name, c.header.Namelen = &m.Name[0], uint32(len(m.Name))
	}
	if len(m.Control) > 0 {
		c.header.Control = &m.Control[0]
		c.header.SetControllen(len(m.Control))
	}
	return &c.header
}

// loadBuffers fills the operation's array of struct iovec.
func (f *operation) loadBuffers() (iovs *unix.Iovec, count int) {
	c := f.hold()
	c.iovecs = c.iovecs[:0]
	for _, b := range f.req.Msg.Buffers {
		if len(b) == 0 {
			continue
		}
		v := unix.Iovec{Base: &b[0]}
		v.SetLen(len(b))
		c.iovecs = append(c.iovecs, v)
	}
	if len(c.iovecs) == 0 {
		return nil, 0
	}
	return &c.iovecs[0], len(c.iovecs)
}

// unload hands over what a successful operation filled besides its buffer.
func (f *operation) unload() {
	switch f.req.Op {
	case backend.OpAccept:
		if len(f.req.Name) > 0 {
			f.req.NameLen = min(f.req.NameLen, uint32(len(f.req.Name))) // it was cut off where there was no room
		}
	case backend.OpRecvMsg:
		m, h := f.req.Msg, &f.args.header
		m.NameLen, m.ControlLen, m.Flags = int(h.Namelen), int(h.Controllen), int(h.Flags)
	case backend.OpStatx:
		f.unloadStat()
	}
}

// unloadStat is not inlined because of its frame: a caller that runs the loop has the
// round on its own stack, which would have to grow.
//
//go:noinline
func (f *operation) unloadStat() { *f.req.Stat = workers.NewStat(&f.args.statx) }
