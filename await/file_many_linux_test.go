package await

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"
)

const manyReads = 10000

// A blocked read of a FIFO parks a goroutine, not a thread.
func TestTenThousandBlockedFIFOReads(t *testing.T) {
	io := open(t, Config{})
	before := threads(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var wg sync.WaitGroup
	for range 10 {
		f := openFIFO(t, io, 0)
		for range manyReads / 10 {
			wg.Go(func() {
				_, err := f.ReadContext(ctx, make([]byte, 8))
				wantIs(t, err, context.Canceled)
			})
		}
	}
	waitInFlight(t, io, manyReads)
	if n := threads(t) - before; n >= 20 {
		t.Errorf("%d reads are blocked, and there are %d more threads", manyReads, n)
	}
	start := time.Now()
	cancel()
	wg.Wait()
	if elapsed := time.Since(start); elapsed > patience/4 {
		t.Errorf("cancelling took %v", elapsed)
	} else {
		t.Logf("cancelled in %v", elapsed)
	}
	waitInFlight(t, io, 0)
}

// Nor does one of a file.
func TestTenThousandFileReads(t *testing.T) {
	io := open(t, Config{Workers: 8})
	before := threads(t)
	f := patterned(t, FileConfig{IO: io}, 1<<20, os.O_RDONLY)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range manyReads {
		wg.Go(func() {
			<-begin
			n, err := f.ReadAtContext(ctx, make([]byte, 64), int64(i)*64)
			if whole := n == 64; whole != (err == nil) {
				t.Errorf("%d bytes and %v", n, err)
			}
		})
	}
	close(begin)
	time.Sleep(time.Millisecond)
	if n := threads(t) - before; n >= 20 {
		t.Errorf("there are %d more threads", n)
	}
	start := time.Now()
	cancel()
	wg.Wait()
	t.Logf("cancelled in %v", time.Since(start))
	waitInFlight(t, io, 0)
}
