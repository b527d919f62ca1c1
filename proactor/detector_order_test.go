//go:build race && unix

package proactor_test

import (
	"errors"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// These tests are for the race detector: a report of it fails them. The other end is
// package syscall's, whose calls the detector knows.

// deep calls f in a stack that depth tells from others: the detector reports the same
// two stacks but once in a process.
func deep(depth int, f func()) {
	if depth > 0 {
		deep(depth-1, f)
		return
	}
	f()
}

func TestWritesHappenBeforeTheCallbackOfAReceive(t *testing.T) {
	p := open(t, proactor.Config{})
	buf := make([]byte, 8)
	depth := 0
	for name, submit := range map[string]func(c *proactor.Completion, fd int, done proactor.Callback) error{
		"Recv": func(c *proactor.Completion, fd int, done proactor.Callback) error {
			return p.Recv(c, fd, buf, 0, done)
		},
		"RecvMsg": func(c *proactor.Completion, fd int, done proactor.Callback) error {
			return p.RecvMsg(c, fd, &proactor.Message{Buffers: [][]byte{buf}}, 0, done)
		},
		"Read": func(c *proactor.Completion, fd int, done proactor.Callback) error {
			return p.Read(c, fd, buf, proactor.CurrentPosition, done)
		},
		"ReadV": func(c *proactor.Completion, fd int, done proactor.Callback) error {
			return p.ReadV(c, fd, [][]byte{buf}, proactor.CurrentPosition, done)
		},
		"a part with MSG_WAITALL": func(c *proactor.Completion, fd int, done proactor.Callback) error {
			c.SetTimeout(receivePatience)
			return p.Recv(c, fd, buf, unix.MSG_WAITALL, done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := testutil.SocketPair(t)
			depth++
			written, seen, ended := 0, 0, false
			var done proactor.Callback
			done = func(c *proactor.Completion, r proactor.Result) {
				if r.N == 0 {
					if err := submit(c, b, done); err != nil {
						t.Error(err)
					}
					return
				}
				deep(depth, func() { seen = written })
				ended = true
			}
			if err := submit(new(proactor.Completion), b, done); err != nil {
				t.Fatal(err)
			}
			sent := make(chan error, 1)
			go func() {
				written = 1
				_, err := syscall.Write(a, []byte("x"))
				sent <- err
			}()
			driveUntil(t, p, "callback of the receive", func() bool { return ended })
			if err := testutil.Receive(t, sent, "end of the write"); seen != 1 || err != nil {
				t.Errorf("%d was written, %v", seen, err)
			}
		})
	}
}

// receivePatience is how long a receive goes on to wait for what does not come. If not
// even the first byte has come by then, it is repeated.
const receivePatience = 1e6

func TestWritesBeforeASendHappenBeforeItIsRead(t *testing.T) {
	p := open(t, proactor.Config{})
	depth := 0
	for name, submit := range map[string]func(o *op, fd int) error{
		"Send": func(o *op, fd int) error { return p.Send(&o.c, fd, []byte("x"), 0, o.done) },
		"SendMsg": func(o *op, fd int) error {
			return p.SendMsg(&o.c, fd, &proactor.Message{Buffers: [][]byte{[]byte("x")}}, 0, o.done)
		},
		"Write": func(o *op, fd int) error {
			return p.Write(&o.c, fd, []byte("x"), proactor.CurrentPosition, o.done)
		},
		"WriteV": func(o *op, fd int) error {
			return p.WriteV(&o.c, fd, [][]byte{[]byte("x")}, proactor.CurrentPosition, o.done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := testutil.SocketPair(t)
			depth++
			written, seen := 0, 0
			o := new(op)
			submitted, sent := make(chan error, 1), make(chan error, 1)
			go func() {
				_, err := syscall.Read(b, make([]byte, 1))
				deep(depth, func() { seen = written })
				sent <- err
			}()
			go func() {
				written = 1
				submitted <- submit(o, a)
			}()
			if err := testutil.Receive(t, submitted, "submission"); err != nil {
				t.Fatal(err)
			}
			wantOK(t, wait(t, p, o))
			if err := testutil.Receive(t, sent, "end of the read"); seen != 1 || err != nil {
				t.Errorf("%d was written, %v", seen, err)
			}
		})
	}
}

// TestAWriteWithASyncIsASend is apart, since what it writes to is a file.
func TestAWriteWithASyncIsASend(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 0)
	written, seen := 0, 0
	o := new(op)
	submitted := make(chan error, 1)
	read := make(chan error, 1)
	go func() {
		var err error
		for n := 0; n == 0 && (err == nil || errors.Is(err, syscall.EINTR)); {
			n, err = syscall.Pread(fd, make([]byte, 1), 0)
		}
		seen = written
		read <- err
	}()
	go func() {
		written = 1
		submitted <- p.WriteSync(&o.c, fd, []byte("x"), 0, 0, o.done)
	}()
	if err := testutil.Receive(t, submitted, "submission"); err != nil {
		t.Fatal(err)
	}
	wantOK(t, wait(t, p, o))
	if err := testutil.Receive(t, read, "end of the read"); seen != 1 || err != nil {
		t.Errorf("%d was written, %v", seen, err)
	}
}
