package await

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// endsWithin is how long ten thousand reads may take to end, all of them: they
// take a fraction of a second.
const endsWithin = patience / 2

// An idle connection has both its ends here.
type idle struct{ a, b *Conn }

// The idlers are many of them.
type idlers struct {
	io      *IO
	conns   []idle
	threads int // of the process, before they were made
}

func TestTenThousandIdleConnectionsEndByTheirContext(t *testing.T) {
	withIdleConns(t, "tcp4", func(c *idlers) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(background)
		defer cancel(nil)
		ends := c.readAll(t, func(c *Conn) (int, error) { return c.ReadContext(ctx, make([]byte, 8)) })
		c.wantFewThreads(t)
		start := time.Now()
		cancel(cause)
		wantEnds(t, ends, start, cause, proactor.ErrCanceled)
	})
}

func TestTenThousandIdleConnectionsEndByTheirDeadline(t *testing.T) {
	withIdleConns(t, "unix", func(c *idlers) {
		for _, conn := range c.conns {
			must(t, conn.a.SetReadDeadline(time.Now().Add(time.Hour)))
		}
		ends := c.readAll(t, func(c *Conn) (int, error) { return c.Read(make([]byte, 8)) })
		c.wantFewThreads(t)
		at := time.Now().Add(100 * time.Millisecond)
		for _, conn := range c.conns {
			must(t, conn.a.SetReadDeadline(at))
		}
		wantEnds(t, ends, at, os.ErrDeadlineExceeded)
		for _, conn := range c.conns {
			must(t, conn.a.SetReadDeadline(time.Time{}))
		}
	})
}

// withIdleConns runs test with idle connections, which work in both directions
// afterwards, and leave nothing behind.
func withIdleConns(t *testing.T, network string, test func(c *idlers)) {
	t.Helper()
	io := open(t, Config{})
	c := &idlers{io: io, threads: threads(t)}
	start := time.Now()
	c.conns = idleConns(t, io, network, roomForConns(t, 10_000))
	t.Logf("%s: %d connections made in %v", io.Backend(), len(c.conns), time.Since(start))
	test(c)
	for i := 0; i < len(c.conns); i += 100 {
		exchange(t, c.conns[i].a, c.conns[i].b)
	}
	start = time.Now()
	for _, conn := range c.conns {
		must(t, conn.a.Close())
		must(t, conn.b.Close())
	}
	t.Logf("closed in %v", time.Since(start))
	waitUnderWay(t, io, 0)
}

// roomForConns is how many of n connections the limit on descriptors has room
// for. It raises that limit as far as it can, until t ends.
func roomForConns(t *testing.T, n int) int {
	t.Helper()
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	if raised := limit; limit.Cur < limit.Max {
		raised.Cur = limit.Max
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &raised))
		t.Cleanup(func() { must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)) })
	}
	used, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	const spare = 200 // for the makers' listeners and sockets, and the runtime
	room := limit.Max - min(limit.Max, uint64(len(used)+spare))
	if room/2 < uint64(n) {
		t.Logf("%d connections, not %d: each has two descriptors here, of which there may be %d", room/2, n, limit.Max)
		n = int(room / 2)
	}
	return n
}

// idleConns makes n connections, many at a time. Each goroutine takes its own from a
// listener of its own, so that no line is ever long and both ends are known.
func idleConns(t *testing.T, io *IO, network string, n int) []idle {
	t.Helper()
	const makers = 32
	conns := make([]idle, n)
	var wg sync.WaitGroup
	for i := range makers {
		l := listenOn(t, io, network)
		wg.Go(func() {
			for j := i; j < n; j += makers {
				a, err := io.Dial(network, l.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				conns[j].a = a.(*Conn)
				if conns[j].b, err = l.AcceptContext(background); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	t.Cleanup(func() {
		for _, c := range conns {
			c.close()
		}
	})
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return conns
}

// close closes what a test that failed left open.
func (c idle) close() {
	for _, end := range []*Conn{c.a, c.b} {
		if end != nil {
			end.Close()
		}
	}
}

// readAll has a read wait on every connection, and returns the channel of their
// ends when all of them do.
func (c *idlers) readAll(t *testing.T, read func(c *Conn) (int, error)) <-chan outcome {
	t.Helper()
	ends := make(chan outcome, len(c.conns))
	for _, conn := range c.conns {
		go func() {
			n, err := read(conn.a)
			ends <- outcome{n, err}
		}()
	}
	waitUnderWay(t, c.io, len(c.conns))
	return ends
}

// wantFewThreads wants the blocked reads to need none. Threads of earlier tests
// may still be there, and one per processor may be at work.
func (c *idlers) wantFewThreads(t *testing.T) {
	t.Helper()
	n := threads(t)
	t.Logf("%d reads are blocked; there are %d threads, and were %d", len(c.conns), n, c.threads)
	if limit := max(20, c.threads+8+runtime.GOMAXPROCS(0)); n >= limit {
		t.Errorf("%d reads are blocked, and there are %d threads, want fewer than %d", len(c.conns), n, limit)
	}
}

// wantEnds wants every read to end, without data and with all of targets, soon
// after from and not before it.
func wantEnds(t *testing.T, ends <-chan outcome, from time.Time, targets ...error) {
	t.Helper()
	timer := time.NewTimer(time.Until(from) + endsWithin)
	defer timer.Stop()
	for i := range cap(ends) {
		select {
		case o := <-ends:
			if o.n != 0 {
				t.Errorf("a read of nothing has %d bytes", o.n)
			}
			wantIs(t, o.err, targets...)
			if i == 0 && time.Now().Before(from) {
				t.Error("a read has ended too early")
			}
		case <-timer.C:
			t.Fatalf("%d of %d reads have ended %v after they should", i, cap(ends), endsWithin)
		}
	}
	t.Logf("all %d reads have ended after %v", cap(ends), time.Since(from))
}
