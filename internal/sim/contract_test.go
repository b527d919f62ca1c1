//go:build unix

package sim

import (
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

func TestEveryOperationIsServed(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		if f := r.b.Features(); f.Ops != backend.AllOps || f.LinkedTimeout {
			r.Errorf("features %+v", f)
		}
		r.want(0, nop())
		for op := range backend.OpCount {
			if op == backend.OpNop || op == backend.OpSocket {
				continue
			}
			req := backend.Request{Op: op, FD: 999, Name: []byte("x\x00")}
			r.wantErrno(syscall.EBADF, req)
		}
	})
}

func TestCancelAtEachStage(t *testing.T) {
	const second = time.Second
	o := Options{NetDelay: Span{second, second}, FileDelay: Span{second, second}, Late: Span{second, second}}
	inWorld(t, o, func(r *rig) {
		fd, peer := r.w.Conn()
		delayed := r.start(nop())
		r.wantEvent(r.cancel(delayed), 0)
		r.wantEvent(delayed, canceled)

		waiting := r.start(recv(fd, make([]byte, 1), 0))
		r.pass(2 * second)
		r.wantEvent(r.cancel(waiting), 0)
		r.wantEvent(waiting, canceled)

		over := r.start(recv(fd, make([]byte, 1), 0))
		r.pass(second)
		peer.Write([]byte("x"))
		r.wantEvent(r.cancel(over), -int(syscall.EALREADY))
		r.wantEvent(over, 1)

		ready := r.start(nop())
		time.Sleep(3 * second)
		r.wantEvent(r.cancel(ready), -int(syscall.ENOENT))
		r.wantEvent(ready, 0)
		r.wantEvent(r.cancel(ready), -int(syscall.ENOENT))
		closing := r.start(closeFD(fd))
		r.wantEvent(r.cancel(closing), -int(syscall.EALREADY))
		r.wantEvent(closing, 0)
	})
}

func TestStubbornOperationsAreCarriedOut(t *testing.T) {
	o := Options{Stubborn: 1, FileDelay: Span{time.Second, time.Second}}
	inWorld(t, o, func(r *rig) {
		token := r.start(openAt(cwd, "/f", unix.O_CREAT|unix.O_RDWR))
		r.wantEvent(r.cancel(token), -int(syscall.EALREADY))
		r.wantEvent(token, descriptorFirst)
	})
	o.NetDelay = o.FileDelay
	inWorld(t, o, func(r *rig) {
		fd, peer := r.w.Conn()
		there, waits := r.start(recv(fd, make([]byte, 1), 0)), r.start(recv(fd, make([]byte, 1), 0))
		peer.Write([]byte("x"))
		r.wantEvent(r.cancel(there), -int(syscall.EALREADY))
		r.wantEvent(r.cancel(waits), -int(syscall.EALREADY))
		r.wantEvent(there, 1)
		r.wantEvent(waits, canceled) // but not left to wait
	})
}

func TestCancelOnlyQueuesAndHasALimit(t *testing.T) {
	inWorld(t, Options{Entries: 2}, func(r *rig) {
		fd, _ := r.w.Conn()
		token := r.start(recv(fd, make([]byte, 1), 0))
		for range 2 {
			if !r.b.Cancel(token, backend.TokenNone) {
				r.Fatal("no room for a cancel")
			}
		}
		if r.b.Cancel(token, backend.TokenNone) {
			r.Error("there was room for a third cancel")
		}
		r.pending(token)
		r.submitNothing()
		r.wantEvent(token, canceled)
	})
}

func TestSubmitTakesAPrefix(t *testing.T) {
	inWorld(t, Options{Entries: 2}, func(r *rig) {
		var batch []*backend.Request
		for i := range 5 {
			n := nop()
			n.Token = backend.Token{Index: uint32(i), Generation: 7}
			batch = append(batch, &n)
		}
		for _, want := range []int{2, 2, 1} {
			taken, err := r.b.Submit(batch)
			if taken != want || err != nil {
				r.Errorf("took %d, %v, want %d", taken, err, want)
			}
			batch = batch[taken:]
		}
		r.reap()
		if len(r.order) != 5 {
			r.Errorf("%d events, want 5", len(r.order))
		}
	})
}

func TestWaitEndsAtItsDeadlineAndByWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(1, Options{}).Backend()
		took := func(deadline time.Duration) time.Duration {
			begin := time.Now()
			at := time.Time{}
			if deadline != 0 {
				at = begin.Add(deadline)
			}
			if err := b.Wait(at); err != nil {
				t.Error(err)
			}
			return time.Since(begin)
		}
		if d := took(time.Hour); d != time.Hour {
			t.Errorf("waited %v, want an hour", d)
		}
		if d := took(-time.Hour); d != 0 {
			t.Errorf("waited %v for what is past", d)
		}
		time.AfterFunc(time.Minute, b.Wake)
		if d := took(0); d != time.Minute {
			t.Errorf("waited %v, want a minute", d)
		}
		b.Wake()
		b.Wake()
		if d := took(0); d != 0 {
			t.Errorf("waited %v after Wake", d)
		}
		if d := took(time.Second); d != time.Second {
			t.Errorf("two Wakes counted twice: waited %v", d)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		b.Wake()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if _, err := b.Submit(nil); err == nil {
			t.Error("a closed backend submits")
		}
	})
}

func TestWaitSeesWhatOthersDo(t *testing.T) {
	inWorld(t, Options{WireDelay: Span{time.Second, time.Second}}, func(r *rig) {
		fd, peer := r.w.Conn()
		token := r.start(recv(fd, make([]byte, 5), 0))
		time.AfterFunc(time.Hour, func() { peer.Write([]byte("hello")) })
		begin := time.Now()
		r.wantEvent(token, 5)
		if d := time.Since(begin); d != time.Hour+time.Second {
			r.Errorf("took %v", d)
		}
	})
}

func TestLinkedTimeout(t *testing.T) {
	inWorld(t, Options{LinkedTimeouts: true}, func(r *rig) {
		fd, peer := r.w.Conn()
		limited := func(req backend.Request) backend.Request {
			req.Limited, req.Limit = true, time.Minute
			return req
		}
		begin := time.Now()
		e := r.wait(r.start(limited(recv(fd, make([]byte, 1), 0))))
		if e.Result != canceled || e.Flags != backend.TimedOut || time.Since(begin) != time.Minute {
			r.Errorf("got %+v after %v", e, time.Since(begin))
		}
		token := r.start(limited(recv(fd, make([]byte, 2), unix.MSG_WAITALL)))
		peer.Write([]byte("x"))
		if e := r.wait(token); e.Result != 1 || e.Flags != backend.TimedOut {
			r.Errorf("got %+v, want a count and that the time was up", e)
		}
		peer.Write([]byte("x"))
		if e := r.wait(r.start(limited(recv(fd, make([]byte, 1), 0)))); e.Result != 1 || e.Flags != 0 {
			r.Errorf("got %+v", e)
		}
	})
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	inWorld(t, Options{Late: Span{time.Hour, time.Hour}}, func(r *rig) {
		l, addr := r.w.Listen(9)
		fd, _ := r.w.Conn()
		r.start(recv(fd, make([]byte, 1), 0))
		r.start(accept(l))
		if _, err := r.w.Dial(addr); err != nil { // accepted, and the event is late
			r.Fatal(err)
		}
		r.start(accept(l))
		if got := len(r.w.Descriptors()); got != 3 {
			r.Errorf("%d descriptors are open, want 3", got)
		}
		if err := r.b.Close(); err != nil {
			r.Error(err)
		}
		r.wantOpen(l, fd)
	})
}

func TestWorldNoticesBreachesOfTheContract(t *testing.T) {
	tests := map[string]func(r *rig, fd int){
		"in flight already": func(r *rig, fd int) {
			a, b := recv(fd, make([]byte, 1), 0), nop()
			a.Token = backend.Token{Index: 1, Generation: 1}
			b.Token = a.Token
			if _, err := r.b.Submit([]*backend.Request{&a, &b}); err != nil {
				r.Fatal(err)
			}
		},
		"a generation that no slot has": func(r *rig, fd int) {
			a := nop()
			a.Token = backend.Token{Index: 1}
			if _, err := r.b.Submit([]*backend.Request{&a}); err != nil {
				r.Fatal(err)
			}
		},
		"written to": func(r *rig, fd int) {
			buf := make([]byte, 8)
			token := r.start(recv(fd, buf, 0))
			buf[3]++
			r.cancel(token)
			r.wait(token)
		},
		"was changed": func(r *rig, fd int) {
			a := nop()
			a.Token = backend.Token{Index: 1, Generation: 1}
			if _, err := r.b.Submit([]*backend.Request{&a}); err != nil {
				r.Fatal(err)
			}
			a.Token.Index++
			r.reap()
		},
	}
	for words, breach := range tests {
		t.Run(words, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := New(1, Options{})
				r := &rig{TB: t, w: w, b: w.Backend(), events: map[backend.Token]backend.Event{}}
				fd, _ := w.Conn()
				breach(r, fd)
				if v := w.Violations(); len(v) != 1 || !strings.Contains(v[0], words) {
					t.Errorf("violations %q, want one with %q", v, words)
				}
				r.slots = 0
				if err := r.b.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
