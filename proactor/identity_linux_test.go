package proactor_test

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A goroutine that is locked to a thread with a working directory of its own stands
// in all the time; what others open by relative names is found in the program's.
func TestCombinerDoesNotLendItsThread(t *testing.T) {
	p := open(t, proactor.Config{})
	t.Chdir(t.TempDir())
	if err := os.WriteFile("here", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir())
	run(t, p)
	quit, ready := make(chan struct{}), make(chan error, 1)
	var stranger sync.WaitGroup
	stranger.Go(func() {
		runtime.LockOSThread() // and for good: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Chdir(elsewhere)
		}
		ready <- err
		done := make(chan proactor.Result, 1)
		var c proactor.Completion
		for {
			select {
			case <-quit:
				return
			default:
			}
			c.SetBatched()
			if err := p.Nop(&c, func(_ *proactor.Completion, r proactor.Result) { done <- r }); err != nil {
				t.Error(err)
				return
			}
			p.Flush()
			<-done
		}
	})
	defer stranger.Wait()
	defer close(quit)
	if err := testutil.Receive(t, ready, "the thread"); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		done := make(chan proactor.Result, 1)
		var c proactor.Completion
		c.SetBatched()
		if err := p.OpenAt(&c, proactor.AtCWD, "here", unix.O_RDONLY, 0, func(_ *proactor.Completion, r proactor.Result) { done <- r }); err != nil {
			t.Fatal(err)
		}
		p.Flush()
		r := testutil.Receive(t, done, "the open")
		if r.Err != nil {
			t.Fatalf("in whose directory? %v", r.Err)
		}
		unix.Close(r.N)
	}
}
