//go:build unix

package proactor_test

import (
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// huge is more than 32 bits with a sign count, and more than a kernel moves at
// once.
var huge int64 = 2<<30 + 16

// hugeBuffer has huge bytes.
func hugeBuffer(t *testing.T) []byte {
	t.Helper()
	switch {
	case strconv.IntSize == 32:
		t.Skip("no buffer is so large here")
	case testing.Short():
		t.Skip("moving 2 GiB takes a second or two")
	}
	return testutil.Window(t, int(huge))
}

// pieces are as many bytes as b, all of them in its first megabytes.
func pieces(b []byte) [][]byte {
	const size = 3 << 20
	all := slices.Repeat([][]byte{b[:size]}, len(b)/size)
	return append(all, b[:len(b)%size])
}

// What is sent of more than 2 GiB arrives once, and is counted right.
func TestSendOfMoreThan2GiB(t *testing.T) {
	for name, send := range map[string]func(p *proactor.Proactor, o *op, fd int, b []byte) error{
		"Send": func(p *proactor.Proactor, o *op, fd int, b []byte) error { return p.Send(&o.c, fd, b, 0, o.done) },
		"SendMsg": func(p *proactor.Proactor, o *op, fd int, b []byte) error {
			return p.SendMsg(&o.c, fd, &proactor.Message{Buffers: pieces(b)}, 0, o.done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			b := hugeBuffer(t)
			out, in := testutil.SocketPair(t)
			arrived := make(chan int64, 1)
			room := testutil.Window(t, 1<<20)
			go func() { arrived <- drain(t, in, room) }()
			wantN(t, do(t, p, func(o *op) error { return send(p, o, out, b) }), int(huge))
			_ = unix.Shutdown(out, unix.SHUT_WR)
			if n := testutil.Receive(t, arrived, "end of stream"); n != huge {
				t.Errorf("%d bytes arrived, want %d", n, huge)
			}
		})
	}
}

// drain reads to the end of the stream, and returns how much that was.
func drain(t *testing.T, fd int, room []byte) (all int64) {
	for {
		n, err := unix.Read(fd, room)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			t.Error(err)
			return all
		case n == 0:
			return all
		}
		all += int64(n)
	}
}

// A receive with MSG_WAITALL of more than 2 GiB goes on until it has them.
func TestReceiveOfMoreThan2GiB(t *testing.T) {
	for name, receive := range map[string]func(p *proactor.Proactor, o *op, fd int, b []byte) error{
		"Recv": func(p *proactor.Proactor, o *op, fd int, b []byte) error {
			return p.Recv(&o.c, fd, b, unix.MSG_WAITALL, o.done)
		},
		"RecvMsg": func(p *proactor.Proactor, o *op, fd int, b []byte) error {
			return p.RecvMsg(&o.c, fd, &proactor.Message{Buffers: pieces(b)}, unix.MSG_WAITALL, o.done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			b := hugeBuffer(t)
			out, in := testutil.SocketPair(t)
			written := make(chan error, 1)
			more := testutil.Window(t, 1<<20)
			go func() { written <- pour(out, more, huge+1) }()
			wantN(t, do(t, p, func(o *op) error { return receive(p, o, in, b) }), int(huge))
			wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, in, more, 0, o.done) }), 1)
			if err := testutil.Receive(t, written, "end of the writes"); err != nil {
				t.Error(err)
			}
		})
	}
}

// pour writes n bytes to fd.
func pour(fd int, from []byte, n int64) error {
	for n > 0 {
		m, err := unix.Write(fd, from[:min(n, int64(len(from)))])
		if err != nil && err != unix.EINTR {
			return err
		}
		n -= int64(max(m, 0))
	}
	return nil
}

// A device that takes everything at once is written to in as many parts as the
// kernel wants, and a read gets as much as the kernel gives at once.
func TestFileTransferOfMoreThan2GiB(t *testing.T) {
	p := open(t, proactor.Config{})
	b := hugeBuffer(t)
	null := device(t, "/dev/null")
	for _, offset := range []int64{proactor.CurrentPosition, 0} {
		wantN(t, do(t, p, func(o *op) error { return p.Write(&o.c, null, b, offset, o.done) }), len(b))
		wantN(t, do(t, p, func(o *op) error { return p.WriteV(&o.c, null, pieces(b), offset, o.done) }), len(b))
		file, _ := testutil.TempFile(t, 10)
		wantN(t, do(t, p, func(o *op) error { return p.Read(&o.c, file, b, offset, o.done) }), 10)
	}
}

func device(t *testing.T, name string) int {
	t.Helper()
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	return fd
}
