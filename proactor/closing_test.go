//go:build unix

package proactor_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A fleet is one operation of each kind that ends only by being stopped.
type fleet map[string]*op

func launch(t *testing.T, p *proactor.Proactor, e *proactor.Event) fleet {
	t.Helper()
	a, b := testutil.SocketPair(t)
	listener, _ := testutil.Listener(t)
	r, _ := testutil.Pipe(t)
	buf := func() []byte { return make([]byte, 16) }
	m := &proactor.Message{Buffers: [][]byte{buf()}}
	f := fleet{}
	for name, submit := range map[string]func(o *op) error{
		"accept":             func(o *op) error { return p.Accept(&o.c, listener, 0, o.done) },
		"recv":               func(o *op) error { return p.Recv(&o.c, a, buf(), 0, o.done) },
		"recv with timeout":  func(o *op) error { return p.RecvWithTimeout(&o.c, a, buf(), 0, time.Hour, o.done) },
		"recvmsg":            func(o *op) error { return p.RecvMsg(&o.c, a, m, 0, o.done) },
		"send":               func(o *op) error { return p.Send(&o.c, b, make([]byte, big), 0, o.done) },
		"read":               func(o *op) error { return p.Read(&o.c, r, buf(), proactor.CurrentPosition, o.done) },
		"poll":               func(o *op) error { return p.Poll(&o.c, r, unix.POLLIN, o.done) },
		"timeout":            func(o *op) error { return p.Timeout(&o.c, time.Hour, o.done) },
		"event":              func(o *op) error { return p.OnTrigger(&o.c, e, o.done) },
		"event with timeout": func(o *op) error { o.c.SetTimeout(time.Hour); return p.OnTrigger(&o.c, new(proactor.Event), o.done) },
	} {
		f[name] = start(t, submit)
	}
	return f
}

// wantClosed fails t unless each operation ended once, with ErrClosed.
func (f fleet) wantClosed(t *testing.T) {
	t.Helper()
	for name, o := range f {
		if o.calls != 1 {
			t.Errorf("%s: %d callbacks", name, o.calls)
		}
		if name == "recv" || name == "recv with timeout" || name == "recvmsg" {
			continue // may have got some of what the send sent
		}
		for _, target := range []error{proactor.ErrClosed, net.ErrClosed, os.ErrClosed} {
			if !errors.Is(o.result.Err, target) {
				t.Errorf("%s: error %v, want ErrClosed", name, o.result.Err)
			}
		}
		var e *proactor.OpError
		if !errors.As(o.result.Err, &e) {
			t.Errorf("%s: error of type %T", name, o.result.Err)
		}
	}
}

func wantEnded(t *testing.T, p *proactor.Proactor) {
	t.Helper()
	select {
	case <-p.Done():
	default:
		t.Error("Close returned, but Done is not closed")
	}
	if s := p.Stats(); s.InFlight != 0 || s.Queued != 0 || s.Submitted != s.Completed {
		t.Errorf("something is left: %+v", s)
	}
}

func TestCloseEndsEverythingUnderWay(t *testing.T) {
	for _, linked := range []bool{false, true} {
		for _, submitted := range []string{"mailbox", "kernel"} {
			t.Run(linkedName(linked)+"/"+submitted, func(t *testing.T) {
				p := open(t, proactor.Config{LinkedTimeouts: linked})
				var e proactor.Event
				f := launch(t, p, &e)
				if submitted == "kernel" {
					if err := p.RunFor(time.Millisecond); err != nil {
						t.Fatal(err)
					}
				}
				select {
				case <-p.Done():
					t.Fatal("Done before Close")
				default:
				}
				if err := p.Close(); err != nil { // nobody drives
					t.Fatal(err)
				}
				f.wantClosed(t)
				wantEnded(t, p)
			})
		}
	}
}

func TestCloseEndsTheQueueToo(t *testing.T) {
	const count = 50
	p := open(t, proactor.Config{MaxInFlight: 1})
	a, _ := testutil.SocketPair(t)
	ops := make([]op, count)
	for i := range ops {
		if err := p.Recv(&ops[i].c, a, make([]byte, 1), 0, ops[i].done); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range ops {
		wantIs(t, ops[i].result.Err, proactor.ErrClosed)
		if ops[i].calls != 1 {
			t.Errorf("%d callbacks", ops[i].calls)
		}
	}
	wantEnded(t, p)
}

func TestCloseWhileRunDrives(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	f := launch(t, p, &e)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(context.Background()) }()
	testutil.Eventually(t, patience, func() bool { return p.Stats().InFlight > 0 }, "the loop parks")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := testutil.Receive(t, ended, "end of Run"); err != nil {
		t.Errorf("Run: %v, want nil after Close", err)
	}
	f.wantClosed(t)
	wantEnded(t, p)
}

func TestCloseTwice(t *testing.T) {
	p := open(t, proactor.Config{})
	for range 3 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	wantEnded(t, p)
}

func TestCloseConcurrently(t *testing.T) {
	for _, driven := range []bool{false, true} {
		t.Run(map[bool]string{false: "nobody drives", true: "Run drives"}[driven], func(t *testing.T) {
			p := open(t, proactor.Config{})
			var e proactor.Event
			f := launch(t, p, &e)
			if driven {
				run(t, p)
			}
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := p.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
					wantEnded(t, p)
				})
			}
			wg.Wait()
			f.wantClosed(t)
		})
	}
}

// Of what four goroutines submit while Close is called, everything accepted is
// called back, and nothing after a refusal.
func TestCloseWhileFourSubmit(t *testing.T) {
	for _, driven := range []bool{false, true} {
		t.Run(map[bool]string{false: "nobody drives", true: "Run drives"}[driven], func(t *testing.T) {
			p := open(t, proactor.Config{})
			if driven {
				run(t, p)
			}
			a, _ := testutil.SocketPair(t)
			var wg sync.WaitGroup
			begun := make(chan bool, 4)
			accepted := make([][]*op, 4)
			for g := range accepted {
				wg.Go(func() {
					for n := 0; ; n++ {
						o := new(op)
						var err error
						switch n % 3 {
						case 0:
							err = p.Nop(&o.c, o.done)
						case 1:
							err = p.Recv(&o.c, a, make([]byte, 1), 0, o.done)
						case 2:
							err = p.Timeout(&o.c, time.Hour, o.done)
						}
						if err != nil {
							if !errors.Is(err, proactor.ErrClosed) {
								t.Errorf("submit: %v", err)
							}
							return
						}
						accepted[g] = append(accepted[g], o)
						if n == 10 {
							begun <- true
						}
					}
				})
			}
			for range accepted {
				testutil.Receive(t, begun, "submissions")
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			wg.Wait()
			total := 0
			for _, ops := range accepted {
				for _, o := range ops {
					total++
					if o.calls != 1 {
						t.Fatalf("%d callbacks", o.calls)
					}
					if o.result.Err != nil && !errors.Is(o.result.Err, proactor.ErrClosed) {
						t.Errorf("ended with %v", o.result.Err)
					}
				}
			}
			wantEnded(t, p)
			if got := p.Stats().Completed; got != uint64(total) {
				t.Errorf("%d completed of %d accepted", got, total)
			}
		})
	}
}

func TestCloseFromACallbackDoesNotWait(t *testing.T) {
	for name, drive := range drives {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			var e proactor.Event
			f := launch(t, p, &e)
			tick := start(t, func(o *op) error {
				return p.NextTick(&o.c, func(c *proactor.Completion, r proactor.Result) {
					if err := p.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
					select {
					case <-p.Done():
						t.Error("Close waited for its own callback")
					default:
					}
					if err := p.Nop(c, nil); !errors.Is(err, proactor.ErrClosed) {
						t.Errorf("a submission after Close: %v", err)
					}
					o.done(c, r)
				})
			})
			if err := drive(p); err != nil {
				t.Error(err)
			}
			if tick.calls != 1 {
				t.Errorf("%d callbacks", tick.calls)
			}
			wantEnded(t, p)
			f.wantClosed(t)
		})
	}
}

// The callbacks that Close itself runs may call Close, and cannot submit.
func TestCloseFromACallbackThatCloseRuns(t *testing.T) {
	p := open(t, proactor.Config{})
	var o op
	if err := p.Timeout(&o.c, time.Hour, func(c *proactor.Completion, r proactor.Result) {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := p.Nop(c, o.done); !errors.Is(err, proactor.ErrClosed) {
			t.Errorf("a submission after Close: %v", err)
		}
		o.done(c, r)
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if o.calls != 1 {
		t.Errorf("%d callbacks", o.calls)
	}
	wantEnded(t, p)
}

func TestCloseCarriesOutTheClosesOfDescriptors(t *testing.T) {
	for _, when := range []string{"submitted", "waits for a receive"} {
		t.Run(when, func(t *testing.T) {
			p := open(t, proactor.Config{})
			a, b := testutil.SocketPair(t)
			testutil.Disown(t, a)
			recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 1), 0, o.done) })
			if when != "submitted" {
				tickUnfinished(t, p, recv)
			}
			closed := start(t, func(o *op) error { return p.CloseFD(&o.c, a, o.done) })
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			wantN(t, closed.result, 0)
			wantIs(t, recv.result.Err, net.ErrClosed)
			if n, err := unix.Read(b, make([]byte, 1)); n != 0 || err != nil {
				t.Errorf("the descriptor is still open: read %d, %v", n, err)
			}
		})
	}
}

func TestRunEndsAfterIdleTimeout(t *testing.T) {
	p := open(t, proactor.Config{IdleTimeout: 5 * time.Millisecond})
	var e proactor.Event
	listen := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) }) // does not count
	begin := time.Now()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(context.Background()) }()
	if err := testutil.Receive(t, ended, "end of Run"); err != nil {
		t.Errorf("Run: %v", err)
	}
	if d := time.Since(begin); d < 5*time.Millisecond {
		t.Errorf("ended after %v", d)
	}
	wantIs(t, listen.result.Err, proactor.ErrClosed)
	wantEnded(t, p)
	if err := p.Nop(new(proactor.Completion), nil); !errors.Is(err, proactor.ErrClosed) {
		t.Errorf("a submission afterwards: %v", err)
	}
}

func TestIdleTimeoutWaitsForWhatIsUnderWay(t *testing.T) {
	p := open(t, proactor.Config{IdleTimeout: time.Millisecond})
	a, b := testutil.SocketPair(t)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 1), 0, o.done) })
	timeout := start(t, func(o *op) error { return p.Timeout(&o.c, 20*time.Millisecond, o.done) })
	if err := p.RunFor(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, timeout), 0)
	if err := p.RunFor(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if recv.isDone() {
		t.Fatalf("the receive ended: %v", recv.result.Err)
	}
	mustWrite(t, b, []byte("x"))
	if err := p.Run(t.Context()); err != nil { // then it is idle
		t.Errorf("Run: %v", err)
	}
	wantN(t, recv.result, 1)
	wantEnded(t, p)
}

// A panic in a callback that Close runs leaves the rest to the next Close.
func TestCloseGoesOnAfterAPanickingCallback(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	f := launch(t, p, &e)
	if err := p.Timeout(new(proactor.Completion), time.Hour, func(*proactor.Completion, proactor.Result) { panic(errWhy) }); err != nil {
		t.Fatal(err)
	}
	if got := panicOf(func() { _ = p.Close() }); got != errWhy {
		t.Fatalf("the panic was %v", got)
	}
	closed := make(chan error, 1)
	go func() { closed <- p.Close() }()
	if err := testutil.Receive(t, closed, "end of the second Close"); err != nil {
		t.Error(err)
	}
	f.wantClosed(t)
	wantEnded(t, p)
}

// Close knows that it is in a callback however deep it is called there.
func TestCloseDeepInACallback(t *testing.T) {
	p := open(t, proactor.Config{})
	var deep func(n int) error
	deep = func(n int) error {
		if n == 0 {
			return p.Close()
		}
		return deep(n - 1)
	}
	closed := make(chan error, 1)
	if err := p.NextTick(new(proactor.Completion), func(*proactor.Completion, proactor.Result) { closed <- deep(1000) }); err != nil {
		t.Fatal(err)
	}
	run(t, p)
	if err := testutil.Receive(t, closed, "return of Close"); err != nil {
		t.Error(err)
	}
	testutil.Receive(t, p.Done(), "end of the proactor")
}
