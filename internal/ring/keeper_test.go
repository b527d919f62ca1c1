//go:build linux

package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// onAnotherThread has f run on a thread that ends with it: not the first one, which the
// runtime does not end.
func onAnotherThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onAnotherThread(f) // it gets another thread, as this one is locked
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
}

// submitAndEnd submits r on a thread that has ended when it returns.
func (s *seam) submitAndEnd(r *backend.Request) {
	s.Helper()
	submitted := make(chan int)
	onAnotherThread(func() {
		s.submit(r)
		s.hasNoEvent(r)
		submitted <- unix.Gettid()
	})
	task := fmt.Sprintf("/proc/self/task/%d", <-submitted)
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(task); errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			s.Fatal("the thread does not end")
		}
	}
}

// What the kernel's threads wait for goes on, and can be stopped, when the thread has
// ended that submitted it.
func TestKernelThreadsOutliveTheOneThatSubmits(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, addr := fullListener(t)
	for name, request := range map[string]backend.Request{
		"open a FIFO":     {Op: backend.OpOpenAt, FD: unix.AT_FDCWD, Name: append([]byte(fifo), 0)},
		"connect to unix": {Op: backend.OpConnect, FD: fd, Name: addr},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSeam(t, Config{})
			r := s.request(request)
			s.submitAndEnd(r)
			s.hasNoEvent(r)
			if f := s.lookup(r.Token); f.tries != 0 || f.stage != stageMain {
				t.Errorf("it was interrupted %d times, at stage %d", f.tries, f.stage)
			}
			s.ask(r.Token, backend.TokenNone)
			wantRes(t, name, s.result(r), stopped)
		})
	}
}
