package load

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/uring"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A uringEngine has a receive under way on each connection, which goes on with each
// answer, and sends all requests of a turn with the system call that waits for the
// next answers.
type uringEngine struct {
	generator *Generator
	ring      *uring.Ring
	buffers   *uring.Buffers
}

// entries is how many requests one system call sends.
const entries = 4096

// The buffers are for all answers that may be there at once, but for large ones, which
// come in pieces.
const (
	bufferMin   = 4 << 10
	bufferMax   = 64 << 10
	buffersMost = 4096
	memoryMost  = 64 << 20
)

// newUring makes one for the answers that g gets.
func newUring(g *Generator) (*uringEngine, error) {
	ring, err := uring.New(entries)
	if err != nil {
		return nil, err
	}
	size := bufferMin
	for size < min(g.answer, bufferMax) {
		size *= 2
	}
	buffers, err := ring.Provide(min(buffersMost, memoryMost/size), size)
	if err != nil {
		return nil, errors.Join(err, ring.Close())
	}
	return &uringEngine{g, ring, buffers}, nil
}

func (e *uringEngine) name() string { return wire.IOUring }

func (e *uringEngine) close() error { return errors.Join(e.ring.Close(), e.buffers.Close()) }

// The low bit of user_data tells a request from what is received, the others whose it
// is.
const isRequest = 1

func (e *uringEngine) watch(c *conn) error {
	return e.ring.Push(uring.SQE{
		Op: uring.OpRecv, FD: int32(c.fd),
		Flags: uring.BufferSelect, Ioprio: uring.RecvMultishot | uring.RecvPollFirst,
		UserData: uint64(c.index) << 1,
	})
}

func (e *uringEngine) ask(c *conn) error {
	request := e.generator.request
	return e.ring.Push(uring.SQE{
		Op: uring.OpSend, FD: int32(c.fd), Flags: uring.SkipSuccess,
		Addr: uring.Address(request), Len: uint32(len(request)),
		OpFlags:  unix.MSG_WAITALL | unix.MSG_NOSIGNAL,
		UserData: uint64(c.index)<<1 | isRequest,
	})
}

func (e *uringEngine) turn() error {
	e.buffers.Publish()
	if err := e.ring.Enter(1, patience); err != nil {
		return err
	}
	return e.ring.Drain(e.handle)
}

func (e *uringEngine) handle(r uring.CQE) error {
	c := &e.generator.conns[r.UserData>>1]
	switch errno := unix.Errno(-min(r.Res, 0)); {
	case r.UserData&isRequest != 0: // what succeeds is not told
		return fmt.Errorf("send to the server: %d bytes of the request: %w", max(r.Res, 0), errno)
	case errno == unix.ENOBUFS: // until those before this are given back
		return e.watch(c)
	case errno != 0:
		return fmt.Errorf("receive from the server: %w", errno)
	case r.Res == 0:
		return e.generator.received(c, nil)
	}
	err := e.generator.received(c, e.buffers.Of(r))
	e.buffers.GiveBack(r)
	if err == nil && r.Flags&uring.More == 0 {
		err = e.watch(c)
	}
	return err
}
