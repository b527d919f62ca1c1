//go:build linux

package proactor

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The kernel ties an operation to the thread that submitted it. When that
// thread ends, the operation must go on all the same, and its timeout with it.
func TestRaceOfOperationsThatOutliveTheirThread(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
			ends := map[string]func(x *exchange){
				"completes": func(x *exchange) {
					x.still()
					x.finish()
					x.ordinary()
				},
				"is canceled": func(x *exchange) {
					x.p.RequestCancel(x.c)
					r := x.land()
					x.wantCanceled(r)
					x.stopped(r)
				},
				"is closed": func(x *exchange) {
					x.shut()
					x.wantClosed(x.flown.r)
				},
			}
			for name, end := range ends {
				t.Run(name, func(t *testing.T) {
					x := newExchange(newRig(t, config), s)
					x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
					onADyingThread(t, func() { x.reach(x.settled()) })
					end(x)
				})
			}
		})
	})
}

func TestRaceOfTimeoutsThatOutliveTheirThread(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, timed, func(t *testing.T, s *subject) {
			for range rounds(3) {
				t.Run("", func(t *testing.T) {
					x := newExchange(newRig(t, config), s)
					x.start(func(c *Completion) { c.SetTimeout(10 * time.Millisecond) })
					onADyingThread(t, func() { x.submitOnly() })
					x.ended()
				})
			}
		})
	})
}

// onADyingThread runs f on a thread of its own and waits until that is gone.
func onADyingThread(t testing.TB, f func()) {
	t.Helper()
	thread := make(chan int)
	go lockAndDie(thread, f)
	tid := <-thread
	testutil.Eventually(t, patient, func() bool {
		return unix.Tgkill(unix.Getpid(), tid, 0) == unix.ESRCH
	}, "the end of thread %d", tid)
}

// lockAndDie runs f and ends with its thread. The first thread never ends, so it
// is kept busy while another does the work.
func lockAndDie(thread chan<- int, f func()) {
	runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
	if unix.Gettid() != unix.Getpid() {
		defer func() { thread <- unix.Gettid() }()
		f()
		return
	}
	defer runtime.UnlockOSThread()
	other := make(chan int)
	go lockAndDie(other, f)
	thread <- <-other
}
