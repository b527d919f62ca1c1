//go:build linux

package ring

import (
	"encoding/binary"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A way is how an operation is submitted to the kernel. Two things must not happen. The
// kernel must not wait within the submission, because everything else would wait too. And it
// must not hold a file open after the result. Its own threads do, for a moment: then a program
// just written cannot be executed, a lock is still held, or a file system cannot be unmounted,
// although the file was closed.
//
//	operation                                                         way
//	read or write that the kernel refuses in any case                 answered
//	read or write of a socket or pipe                                 plain
//	buffered write of a regular file                                  worker
//	any other read or write                                           try, and then:
//	    buffered read of a regular file that has to wait              plain
//	    other transfer of a regular file that has to wait             worker
//	    the file does not know RWF_NOWAIT:
//	        a regular file or a block device                          worker
//	        another file in non-blocking mode (a terminal)            plain
//	        another file in blocking mode                             apart
//	sync; write and sync                                              worker
//	close of anything but a socket or a pipe, or of one that lingers  worker
//	open of a file that may be a FIFO                                 apart
//	connect of a unix socket in non-blocking mode                     answered
//	connect of a unix socket in blocking mode                         kept
//	one that this io_uring lacks, if a call that cannot block does it answered
//	any with SetMayHang                                               apart
type way uint8

const (
	wayPlain    way = iota // the kernel waits as it sees fit: by polling, or for a page of the cache
	wayTry                 // the kernel is not to wait: RWF_NOWAIT
	wayApart               // a thread of the kernel makes it (IOSQE_ASYNC), which can be interrupted
	wayWorker              // a worker makes it
	wayAnswered            // no request is needed: Backend.answer is the result
	wayKept                // as plain, but a thread that stays submits it: see keeper
)

// routed are the operations whose way depends on the request.
const routed = 1<<backend.OpRead | 1<<backend.OpWrite | 1<<backend.OpReadV | 1<<backend.OpWriteV |
	1<<backend.OpFsync | 1<<backend.OpWriteSync | 1<<backend.OpClose | 1<<backend.OpConnect |
	1<<backend.OpOpenAt | 1<<backend.OpStatx

// route is the way of a request that begins, of an operation that is routed or that the
// kernel does not have.
func (b *Backend) route(r *backend.Request) way {
	if b.native&(1<<r.Op) == 0 {
		b.answer = substitute(r)
		return wayAnswered
	}
	switch r.Op {
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		if r.Stream && !r.MayHang && pipesNeedNotWait() {
			return wayPlain
		}
		if r.Disk && !r.MayHang {
			return diskWay(r)
		}
		return b.transferWay(r)
	case backend.OpFsync:
		if r.MayHang {
			return wayApart
		}
		return wayWorker
	case backend.OpWriteSync:
		return wayWorker
	case backend.OpClose:
		if r.Stream || b.isStream(r.FD) && !b.lingers(r.FD) {
			return wayPlain
		}
		return wayWorker
	case backend.OpConnect:
		if len(r.Name) > 1 && binary.NativeEndian.Uint16(r.Name) == unix.AF_UNIX {
			return b.connectUnix(r)
		}
	case backend.OpOpenAt:
		if r.MayHang || mayBeFIFO(r) {
			return wayApart
		}
	case backend.OpStatx:
		if r.MayHang {
			return wayApart
		}
	}
	return wayPlain
}

// connectUnix is the way of the connect r to a unix socket. It has an answer at once in
// non-blocking mode: EAGAIN where the listener's backlog is full. In blocking mode a
// thread of the kernel's waits then.
func (b *Backend) connectUnix(r *backend.Request) way {
	if sysFlags(r.FD)&unix.O_NONBLOCK == 0 {
		return wayKept
	}
	b.answer = -int32(sysConnect(r.FD, r.Name))
	return wayAnswered
}

// substitutes are system calls in place of operations that came to io_uring
// late. None of them can block.
var substitutes = map[backend.Op]func(r *backend.Request) (int, error){
	backend.OpShutdown: func(r *backend.Request) (int, error) { // 5.11
		return 0, unix.Shutdown(r.FD, int(r.Flags))
	},
	backend.OpSocket: func(r *backend.Request) (int, error) { // 5.19
		return unix.Socket(int(r.Mode), int(r.Flags)|unix.SOCK_CLOEXEC, int(r.Offset))
	},
}

// substitute carries r out without the ring.
func substitute(r *backend.Request) int32 {
	n, err := substitutes[r.Op](r)
	if err != nil {
		n = backend.Failure(err)
	}
	return int32(n)
}

// diskWay is the way of a transfer of what is said to be a file of a local disk.
func diskWay(r *backend.Request) way {
	if writes(r.Op) && sysFlags(r.FD)&unix.O_DIRECT == 0 {
		return wayWorker
	}
	return wayTry
}

// transferWay is the way of a transfer on a descriptor of which nothing is known.
func (b *Backend) transferWay(r *backend.Request) way {
	switch kind := b.typeOf(r.FD); {
	case (r.Offset >= 0 || r.MayHang) && !isFile(kind) && b.refuses(r):
		return wayAnswered
	case r.MayHang:
		return wayApart
	case streams(kind):
		return wayPlain
	case kind == unix.S_IFREG:
		return diskWay(r)
	}
	return wayTry
}

// isFile reports whether kind is that of a file that poll(2) always reports as ready.
func isFile(kind uint16) bool {
	return kind == unix.S_IFREG || kind == unix.S_IFBLK || kind == unix.S_IFDIR
}

// refuses reports whether the kernel would refuse the transfer r, which is not of a
// file, and notes why. It waits until poll(2) says ready before it looks whether there
// is anything to call: a read of an epoll descriptor would wait for ever, where read(2)
// says EINVAL. And it reads at an offset where pread(2) says ESPIPE. A transfer of no
// buffers has the same answer, and never waits.
func (b *Backend) refuses(r *backend.Request) bool {
	call := uintptr(unix.SYS_PREADV2)
	if writes(r.Op) {
		call = unix.SYS_PWRITEV2
	}
	errno := sysTransferNothing(call, r.FD, r.Offset)
	b.answer = -int32(errno)
	switch errno {
	case unix.EBADF, unix.EINVAL, unix.ESPIPE:
		return true
	}
	return false
}

// mayBeFIFO reports whether an open may wait for the other end of a FIFO. An open
// is tried within the submission as if O_NONBLOCK were set (io_openat2 in
// io_uring/openclose.c), and a FIFO that has no other end does not wait then.
func mayBeFIFO(r *backend.Request) bool {
	return r.Flags&(unix.O_NONBLOCK|unix.O_DIRECTORY|unix.O_PATH) == 0
}

// isStream reports whether fd is a socket, or a pipe of a kernel whose pipes can be
// told not to wait: the kernel polls these and tries again.
func (b *Backend) isStream(fd int) bool { return streams(b.typeOf(fd)) }

func streams(kind uint16) bool {
	switch kind {
	case unix.S_IFSOCK:
		return true
	case unix.S_IFIFO:
		return pipesNeedNotWait()
	}
	return false
}

// typeOf is the type of the file in the bits of st_mode, or 0 if it has none, as an eventfd. It
// asks no server.
func (b *Backend) typeOf(fd int) uint16 {
	if sysStatSelf(fd, &b.stat) != 0 {
		return 0
	}
	return b.stat.Mode & unix.S_IFMT
}

// pipesNeedNotWait asks the kernel, once, whether its pipes know RWF_NOWAIT, which
// came with Linux 6.4. FIFOs share their code, though preadv2(2) refuses the flag
// for a FIFO.
var pipesNeedNotWait = sync.OnceValue(func() bool {
	var ends [2]int
	if unix.Pipe2(ends[:], unix.O_CLOEXEC) != nil {
		return false
	}
	_, err := unix.Preadv2(ends[0], [][]byte{make([]byte, 1)}, -1, unix.RWF_NOWAIT)
	_, _ = unix.Close(ends[0]), unix.Close(ends[1]) // they were for the question alone
	return err == unix.EAGAIN
})

// lingers reports whether the close of fd may wait for its peer.
func (b *Backend) lingers(fd int) bool {
	b.linger = unix.Linger{}
	return sysLinger(fd, &b.linger) == 0 && b.linger.Onoff != 0 && b.linger.Linger > 0
}

// tried reports whether a result is that of an attempt that must not wait.
func tried(result int32) bool {
	return result >= 0 || result == -int32(unix.EAGAIN) || result == -int32(unix.EOPNOTSUPP)
}

// concludeTry goes on after an attempt that must not wait.
func (b *Backend) concludeTry(f *operation) (backend.Event, bool) {
	switch {
	case f.result > 0, f.result == 0 && writes(f.req.Op):
		return b.event(f, f.result), true
	case f.stop != stopNone:
		return b.event(f, -int32(unix.ECANCELED)), true
	case f.result == 0:
		return b.change(f, wayPlain) // Linux 5.9 and 5.10 say so of what is not in the cache too
	}
	return b.change(f, b.second(f.req, unix.Errno(-f.result)))
}

// second is the way of a transfer after an attempt failed with EAGAIN, because it has to wait,
// or with EOPNOTSUPP, because the file does not know RWF_NOWAIT.
func (b *Backend) second(r *backend.Request, errno unix.Errno) way {
	flags := sysFlags(r.FD)
	switch kind := b.typeOf(r.FD); {
	case isFile(kind):
		if errno == unix.EAGAIN && flags&unix.O_DIRECT == 0 && !writes(r.Op) {
			return wayPlain
		}
		return wayWorker
	case kind == unix.S_IFSOCK:
		return wayPlain // before Linux 6.4 they know no RWF_NOWAIT, but do not wait
	case errno == unix.EOPNOTSUPP && b.refuses(r):
		return wayAnswered
	}
	if errno == unix.EAGAIN || flags&unix.O_NONBLOCK != 0 {
		return wayPlain
	}
	return wayApart
}

// change submits f again, another way.
func (b *Backend) change(f *operation, w way) (backend.Event, bool) {
	f.way = w
	switch w {
	case wayWorker:
		b.work(f)
		return backend.Event{}, false
	case wayAnswered:
		return b.event(f, b.answer), true
	}
	b.heavy = true
	return b.retry(f)
}

func writes(op backend.Op) bool {
	return op == backend.OpWrite || op == backend.OpWriteV || op == backend.OpWriteSync
}
