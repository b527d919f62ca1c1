//go:build linux

package ring

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestReadyDoesNotSpinOnForeignWork submits on a thread that then computes. Its
// task work waits for that thread's next tick with COOP_TASKRUN, and nothing
// another thread does can hurry it: Ready must say so after one try.
func TestReadyDoesNotSpinOnForeignWork(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("needs two threads at once")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0))))
	r := openRing(t, Config{})
	fds := streamPair(t)
	buf := make([]byte, 8)
	var stop atomic.Bool
	submitted, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // until the end: the operation is this thread's
		defer runtime.UnlockOSThread()
		r.Next().PrepRecv(fds[0], buf, 0)
		_, err := r.Submit()
		submitted <- err
		for !stop.Load() { // compute
		}
	}()
	if err := <-submitted; err != nil {
		t.Fatal(err)
	}
	mustWrite(t, fds[1], "x")

	var one [1]CQE
	tries, deadline := 0, time.Now().Add(patience)
	for r.Reap(one[:]) == 0 {
		for r.Ready() && atomic.LoadUint32(r.cq.ktail) == r.cq.head {
			tries++
			r.Reap(nil)
		}
		time.Sleep(100 * time.Microsecond) // in the poller, in earnest
		if time.Now().After(deadline) {
			t.Fatal("the receive never ended")
		}
	}
	stop.Store(true)
	<-ended
	wantRes(t, "recv", one[0].Res, 1)
	if tries > 100 {
		t.Errorf("entered %d times for another thread's work", tries)
	}
}
