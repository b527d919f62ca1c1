package await

import (
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A goroutine that echoes and then waits in a Read has the stack that it began with, of 2 KiB, as
// with package net: a caller that runs the loop does so on its own stack.
func TestWaitingReadKeepsTheFirstStack(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector takes more of the stack")
	}
	aio := open(t, Config{})
	if aio.Backend() == "kqueue" && runtime.GOOS == "linux" {
		t.Skip("the emulation of kqueue takes more of the stack")
	}
	const conns, each, limit = 500, 4, 3 << 10
	echo := func() (ready func()) {
		a, b := pairOn(t, aio, "tcp4")
		begin := make(chan struct{})
		go func() {
			buf := make([]byte, 8)
			<-begin
			for {
				n, err := b.Read(buf)
				if err != nil {
					return
				}
				if _, err := b.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
		return func() {
			close(begin)
			for range each {
				_, err := a.Write([]byte("x"))
				must(t, err)
				_, err = a.Read(make([]byte, 8))
				must(t, err)
			}
		}
	}
	var ready []func()
	for range conns {
		ready = append(ready, echo())
	}
	ready[0]() // records, and the loops' own stacks
	before := stackInUse()
	for _, begin := range ready[1:] {
		begin()
	}
	testutil.Eventually(t, patience, func() bool { return aio.Stats().InFlight == conns }, "all wait")
	time.Sleep(10 * time.Millisecond) // until they have parked
	if grown := (stackInUse() - before) / conns; grown > limit-2<<10 {
		t.Errorf("the stack of a goroutine that waits has grown by %d bytes", grown)
	}
}

func stackInUse() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.StackInuse)
}
