package uring

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// open makes a ring for the test, whose thread is the test's own.
func open(t *testing.T, entries uint32) *Ring {
	t.Helper()
	runtime.LockOSThread()
	r, err := New(entries)
	if err != nil {
		runtime.UnlockOSThread()
		t.Skipf("this system has no io_uring for a single thread: %v", err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
	})
	return r
}

// pair is two sockets that are connected.
func pair(t *testing.T) (a, b int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[0]); unix.Close(fds[1]) })
	return fds[0], fds[1]
}

func TestEnterGivesUp(t *testing.T) {
	r := open(t, 2)
	begin := time.Now()
	err := r.Enter(1, time.Millisecond)
	if !errors.Is(err, unix.ETIME) || time.Since(begin) < time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// pieces are not on a stack, which may move.
var pieces = []byte{0, 1, 2, 3, 4, 5, 6}

// TestMoreThanTheQueue sends more pieces at a time than the queue has room for.
func TestMoreThanTheQueue(t *testing.T) {
	r := open(t, 2)
	a, b := pair(t)
	for i := range pieces {
		if err := r.Push(SQE{Op: OpSend, FD: int32(a), Addr: Address(pieces[i:]), Len: 1, UserData: uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Enter(1, time.Second); err != nil {
		t.Fatal(err)
	}
	var results []uint64
	err := r.Drain(func(c CQE) error {
		if c.Res != 1 {
			t.Errorf("result %d", c.Res)
		}
		results = append(results, c.UserData)
		return nil
	})
	got := make([]byte, 8)
	n, readErr := unix.Read(b, got)
	if err != nil || len(results) != len(pieces) || !bytes.Equal(got[:n], pieces) {
		t.Errorf("%v, results %v, received %v, %v", err, results, got[:n], readErr)
	}
}

// TestBuffersGoRound receives through two buffers many times as much as they hold.
func TestBuffersGoRound(t *testing.T) {
	r := open(t, 8)
	a, b := pair(t)
	buffers, err := r.Provide(2, 3)
	if err != nil {
		t.Skipf("this system has no buffer rings: %v", err)
	}
	t.Cleanup(func() {
		if err := buffers.Close(); err != nil {
			t.Error(err)
		}
	})
	sent := []byte("what is sent comes in pieces of three")
	if _, err := unix.Write(a, sent); err != nil {
		t.Fatal(err)
	}
	receive := SQE{Op: OpRecv, FD: int32(b), Flags: BufferSelect, Ioprio: RecvMultishot | RecvPollFirst}
	if err := r.Push(receive); err != nil {
		t.Fatal(err)
	}
	var got []byte
	ended := 0
	for len(got) < len(sent) {
		buffers.Publish()
		if err := r.Enter(1, time.Second); err != nil {
			t.Fatal(err)
		}
		err := r.Drain(func(c CQE) error {
			if c.Res == -int32(unix.ENOBUFS) {
				ended++
				return r.Push(receive)
			}
			got = append(got, buffers.Of(c)...)
			buffers.GiveBack(c)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, sent) || ended == 0 {
		t.Errorf("received %q; without a buffer %d times", got, ended)
	}
}
