//go:build unix

package proactor_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// patience is how long a test waits for what must happen. Only a test that fails
// takes so long.
const patience = time.Minute

// open makes a proactor that t closes when it ends. It is the first thing a test
// does: whatever is alive afterwards must be gone by then.
func open(t testing.TB, config proactor.Config) *proactor.Proactor {
	t.Helper()
	testutil.CheckLeaks(t)
	p, err := proactor.New(config)
	if errors.Is(err, errors.ErrUnsupported) && runtime.GOOS != "linux" {
		t.Skipf("no backend on this system: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		t.Helper()
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return p
}

// An op is an operation and what came of it. Its fields are the loop's while it
// is under way.
type op struct {
	c      proactor.Completion
	result proactor.Result
	calls  int
}

// done is the callback.
func (o *op) done(_ *proactor.Completion, r proactor.Result) {
	o.result = r
	o.calls++
}

func (o *op) isDone() bool { return o.calls > 0 }

// start submits o.
func start(t testing.TB, submit func(o *op) error) *op {
	t.Helper()
	o := new(op)
	if err := submit(o); err != nil {
		t.Fatalf("submit: %v", err)
	}
	return o
}

// do submits an operation and drives p until its callback.
func do(t testing.TB, p *proactor.Proactor, submit func(o *op) error) proactor.Result {
	t.Helper()
	return wait(t, p, start(t, submit))
}

// wait drives p until o's callback.
func wait(t testing.TB, p *proactor.Proactor, o *op) proactor.Result {
	t.Helper()
	driveUntil(t, p, "the callback", o.isDone)
	return o.result
}

// driveUntil drives p until cond, which only a callback makes true.
func driveUntil(t testing.TB, p *proactor.Proactor, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		if err := p.Tick(); err != nil {
			t.Fatalf("Tick: %v", err)
		}
		if cond() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no %s within %v", what, patience)
		}
		if err := p.RunFor(100 * time.Microsecond); err != nil {
			t.Fatalf("RunFor: %v", err)
		}
	}
}

// run drives p from a goroutine of its own. stop ends that and reports what Run
// returned; it is called at t's end if not before.
func run(t testing.TB, p *proactor.Proactor) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		err = p.Run(ctx)
	}()
	stop = func() error {
		cancel()
		<-done
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// wantN fails t unless r is a success with n.
func wantN(t testing.TB, r proactor.Result, n int) {
	t.Helper()
	if r.Err != nil || r.N != n {
		t.Fatalf("got %d, %v, want %d and no error", r.N, r.Err, n)
	}
}

// wantOK fails t unless r is a success.
func wantOK(t testing.TB, r proactor.Result) {
	t.Helper()
	if r.Err != nil {
		t.Fatalf("got %d, %v, want no error", r.N, r.Err)
	}
}

// wantIs fails t unless err is each of targets.
func wantIs(t testing.TB, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("got error %v, want one that is %v", err, target)
		}
	}
}

// descriptor hands t the descriptor that an operation made.
func descriptor(t testing.TB, r proactor.Result) int {
	t.Helper()
	wantOK(t, r)
	testutil.Own(t, r.N)
	return r.N
}

// nonblocking puts descriptors into that mode.
func nonblocking(t testing.TB, fds ...int) {
	t.Helper()
	for _, fd := range fds {
		if err := unix.SetNonblock(fd, true); err != nil {
			t.Fatalf("set descriptor %d non-blocking: %v", fd, err)
		}
	}
}

// bothModes runs a test with blocking descriptors and with non-blocking ones.
func bothModes(t *testing.T, test func(t *testing.T, mode func(testing.TB, ...int))) {
	t.Run("blocking", func(t *testing.T) { test(t, func(testing.TB, ...int) {}) })
	t.Run("nonblocking", func(t *testing.T) { test(t, nonblocking) })
}

// mustWrite writes b to fd without the proactor.
func mustWrite(t testing.TB, fd int, b []byte) {
	t.Helper()
	if n, err := unix.Write(fd, b); n != len(b) || err != nil {
		t.Fatalf("write %d bytes: %d, %v", len(b), n, err)
	}
}

// mustRead reads exactly n bytes from fd without the proactor. fd is blocking.
func mustRead(t testing.TB, fd, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	for got := 0; got < n; {
		m, err := unix.Read(fd, b[got:])
		if err == unix.EINTR {
			continue
		}
		if m <= 0 || err != nil {
			t.Fatalf("read %d of %d bytes: %d, %v", got, n, m, err)
		}
		got += m
	}
	return b
}

// tickUnfinished makes a few rounds, in which o must not complete.
func tickUnfinished(t *testing.T, p *proactor.Proactor, o *op) {
	t.Helper()
	for range 5 {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
	}
	if o.isDone() {
		t.Fatalf("complete before its time: %d, %v", o.result.N, o.result.Err)
	}
}

// big is more than any socket takes at once.
const big = 8 << 20

var bigContents = sync.OnceValue(func() []byte { return testutil.FileContents(0, big) })

// readSlowly reads n bytes from fd in small pieces, from a goroutine.
func readSlowly(t *testing.T, fd, n int) <-chan []byte {
	t.Helper()
	all := make(chan []byte, 1)
	go func() {
		got := make([]byte, 0, n)
		piece := make([]byte, 64<<10)
		for len(got) < n {
			m, err := unix.Read(fd, piece)
			if err == unix.EINTR {
				continue
			}
			if m <= 0 || err != nil {
				t.Errorf("read after %d of %d bytes: %d, %v", len(got), n, m, err)
				break
			}
			got = append(got, piece[:m]...)
		}
		all <- got
	}()
	return all
}
