//go:build linux

package proactor_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// tickAndDie drives p once from a thread that ends afterwards. The kernel stops
// what such a thread has submitted; nobody must notice.
func tickAndDie(t *testing.T, p *proactor.Proactor) {
	t.Helper()
	var err error
	thread := make(chan int, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err = p.Tick()
		thread <- unix.Gettid()
	}()
	tid := testutil.Receive(t, thread, "return of Tick")
	if err != nil {
		t.Fatal(err)
	}
	if tid == unix.Getpid() {
		return // the main thread does not end
	}
	testutil.Eventually(t, patience, func() bool {
		return errors.Is(unix.Tgkill(unix.Getpid(), tid, 0), unix.ESRCH)
	}, "end of thread %d", tid)
}

func TestOperationsOutliveTheThreadThatSubmittedThem(t *testing.T) {
	for _, linked := range []bool{false, true} {
		t.Run(linkedName(linked), func(t *testing.T) {
			p := open(t, proactor.Config{LinkedTimeouts: linked})
			a, b := testutil.SocketPair(t)
			listener, addr := testutil.Listener(t)
			recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 8), 0, o.done) })
			accept := start(t, func(o *op) error { return p.Accept(&o.c, listener, 0, o.done) })
			timed := start(t, func(o *op) error {
				return p.RecvWithTimeout(&o.c, b, make([]byte, 8), 0, time.Hour, o.done)
			})
			tickAndDie(t, p)
			tickUnfinished(t, p, recv)
			tickUnfinished(t, p, accept)
			tickUnfinished(t, p, timed)
			mustWrite(t, b, []byte("x"))
			wantN(t, wait(t, p, recv), 1)
			mustWrite(t, a, []byte("yz"))
			wantN(t, wait(t, p, timed), 2)
			conn, err := net.DialTCP("tcp", nil, addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			descriptor(t, wait(t, p, accept))
		})
	}
}

// A connect that had not begun, or waited for room at the listener, was not made
// by its thread; so it is not made at all until it is begun again.
func TestConnectOutlivesTheThreadThatSubmittedIt(t *testing.T) {
	p := open(t, proactor.Config{})
	path := t.TempDir() + "/full"
	listener := socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	name := &unix.SockaddrUnix{Name: path}
	if err := errors.Join(unix.Bind(listener, name), unix.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	first := socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	if err := unix.Connect(first, name); err != nil { // that is all that fits
		t.Fatal(err)
	}
	fd := socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	connect := start(t, func(o *op) error {
		return p.Connect(&o.c, fd, &net.UnixAddr{Name: path, Net: "unix"}, o.done)
	})
	tickAndDie(t, p)
	for range 10 {
		if err := p.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if connect.isDone() {
		_, err := unix.Getpeername(fd)
		t.Fatalf("complete with %v, though nobody accepts; its peer: %v", connect.result.Err, err)
	}
	for range 2 {
		accepted, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, accepted)
		if connect.isDone() {
			continue
		}
		wantN(t, wait(t, p, connect), 0)
	}
	if _, err := unix.Getpeername(fd); err != nil {
		t.Errorf("it has no peer: %v", err)
	}
}

// What a thread's end interrupts half-way goes on where it was.
func TestTransfersOutliveTheThreadThatSubmittedThem(t *testing.T) {
	sent := bigContents()
	for name, submit := range map[string]func(p *proactor.Proactor, fd int, o *op) error{
		"send": func(p *proactor.Proactor, fd int, o *op) error { return p.Send(&o.c, fd, sent, 0, o.done) },
		"write": func(p *proactor.Proactor, fd int, o *op) error {
			return p.Write(&o.c, fd, sent, proactor.CurrentPosition, o.done)
		},
		"sendmsg": func(p *proactor.Proactor, fd int, o *op) error {
			return p.SendMsg(&o.c, fd, &proactor.Message{Buffers: [][]byte{sent[:100], sent[100:1000], sent[1000:]}}, 0, o.done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			a, b := testutil.SocketPair(t)
			o := start(t, func(o *op) error { return submit(p, a, o) })
			tickAndDie(t, p)
			tickUnfinished(t, p, o)
			received := readSlowly(t, b, big)
			r := wait(t, p, o)
			if r.N < big { // let the reader end
				if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
					t.Fatal(err)
				}
			}
			wantN(t, r, big)
			if !bytes.Equal(testutil.Receive(t, received, "all bytes"), sent) {
				t.Error("other bytes came than were sent")
			}
		})
	}
}

// A receive of all that a thread's end interrupts has not come to the end of the stream.
func TestReceiveOfAllOutlivesTheThreadThatSubmittedIt(t *testing.T) {
	sent := testutil.FileContents(0, 100)
	for name, submit := range map[string]func(p *proactor.Proactor, fd int, buf []byte, o *op) error{
		"recv": func(p *proactor.Proactor, fd int, buf []byte, o *op) error {
			return p.Recv(&o.c, fd, buf, unix.MSG_WAITALL, o.done)
		},
		"recvmsg": func(p *proactor.Proactor, fd int, buf []byte, o *op) error {
			m := &proactor.Message{Buffers: [][]byte{buf[:10], buf[10:]}}
			return p.RecvMsg(&o.c, fd, m, unix.MSG_WAITALL, o.done)
		},
	} {
		for _, arrive := range []int{60, 100} { // less than all: the stream ends
			t.Run(fmt.Sprintf("%s of %d", name, arrive), func(t *testing.T) {
				p := open(t, proactor.Config{})
				a, b := testutil.SocketPair(t)
				buf := make([]byte, len(sent))
				mustWrite(t, a, sent[:40])
				o := start(t, func(o *op) error { return submit(p, b, buf, o) })
				tickAndDie(t, p) // the first part has been received by then
				tickUnfinished(t, p, o)
				mustWrite(t, a, sent[40:arrive])
				if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
					t.Fatal(err)
				}
				wantN(t, wait(t, p, o), arrive)
				if !bytes.Equal(buf[:arrive], sent[:arrive]) {
					t.Error("other bytes came than were sent")
				}
			})
		}
	}
}
