//go:build unix

package proactor_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// Settle returns when a descriptor can be closed for good.
func TestSettleAfterACallback(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan proactor.Result, 1)
	if err := p.Write(new(proactor.Completion), int(f.Fd()), []byte("abc"), 0, func(_ *proactor.Completion, r proactor.Result) {
		written <- r
	}); err != nil {
		t.Fatal(err)
	}
	if r := testutil.Receive(t, written, "end of the write"); r.N != 3 || r.Err != nil {
		t.Errorf("write: %d, %v", r.N, r.Err)
	}
	hook.Settle(p)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// SetOwned is for one submission, and a read of what it is true of is a read.
func TestSetOwnedOfAPipe(t *testing.T) {
	p := open(t, proactor.Config{})
	r, w := testutil.Pipe(t)
	mustWrite(t, w, []byte("hello"))
	for range 2 {
		read := start(t, func(o *op) error {
			hook.SetOwned(&o.c, hook.Pipe, nil)
			return p.Read(&o.c, r, make([]byte, 2), proactor.CurrentPosition, o.done)
		})
		wantN(t, wait(t, p, read), 2)
	}
}

// A proactor is idle until something is queued or in flight, and again afterwards.
func TestIdle(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	if !hook.Idle(p) {
		t.Error("a new proactor is not idle")
	}
	ended := make(chan proactor.Result, 1)
	if err := p.Recv(new(proactor.Completion), a, make([]byte, 4), 0, func(_ *proactor.Completion, r proactor.Result) {
		ended <- r
	}); err != nil {
		t.Fatal(err)
	}
	run(t, p)
	testutil.Eventually(t, patience, func() bool { return !hook.Idle(p) }, "the receive is in flight")
	mustWrite(t, b, []byte("x"))
	wantN(t, testutil.Receive(t, ended, "end of the receive"), 1)
	testutil.Eventually(t, patience, func() bool { return hook.Idle(p) }, "nothing is in flight")
}
