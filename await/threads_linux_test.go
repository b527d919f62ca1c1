package await

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// threads is how many this process has.
func threads(t *testing.T) int {
	t.Helper()
	status, err := outside.ReadFile("/proc/self/status")
	must(t, err)
	for line := range strings.Lines(string(status)) {
		if count, ok := strings.CutPrefix(line, "Threads:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(count))
			must(t, err)
			return n
		}
	}
	t.Fatal("/proc/self/status does not tell of threads")
	return 0
}

// A blocked call parks a goroutine, not a thread.
func TestTenThousandBlockedCallsNeedNoThreads(t *testing.T) {
	io := open(t, Config{})
	before := threads(t)
	const sockets, each, sleeps = 1000, 9, 1000
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var wg sync.WaitGroup
	for range sockets {
		_, b := socketPair(t)
		for range each {
			wg.Go(func() {
				_, err := io.Recv(ctx, b, make([]byte, 8), 0)
				wantCanceledFor(t, err, context.Canceled, "recv", b)
			})
		}
	}
	for range sleeps {
		wg.Go(func() { wantCanceledFor(t, io.Sleep(ctx, time.Hour), context.Canceled, "sleep", -1) })
	}
	waitInFlight(t, io, sockets*each)
	waitUnderWay(t, io, sockets*each+sleeps)
	if n := threads(t) - before; n > 30 {
		t.Errorf("%d calls are blocked, and there are %d more threads", sockets*each+sleeps, n)
	}
	cancel()
	wg.Wait()
	waitInFlight(t, io, 0)
}

// The ring of the default IO goes with its proactor.
func TestIdleDefaultHasNoRing(t *testing.T) {
	io := theDefault(t)
	must(t, io.Nop(background))
	testutil.Eventually(t, patience, func() bool { return rings(t) == 0 }, "no ring is open")
	must(t, io.Nop(background))
	if rings(t) == 0 && io.Backend() == "io_uring" {
		t.Error("no ring is open during use: the test looks in the wrong place")
	}
}

// rings counts the open descriptors of io_uring.
func rings(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	n := 0
	for _, e := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.Contains(target, "io_uring") {
			n++
		}
	}
	return n
}
