//go:build unix

package proactor

import (
	"bytes"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The ends an operation can come to do not look like one another.
func TestOutcomesAreToldApart(t *testing.T) {
	type is struct{ canceled, deadline, timeout, closed bool }
	ends := map[string]struct {
		stop func(x *exchange)
		want is
	}{
		"completed":         {func(x *exchange) { x.finish() }, is{}},
		"timed out":         {func(x *exchange) { x.p.SetDeadline(x.c, past()) }, is{canceled: true, deadline: true, timeout: true}},
		"canceled":          {func(x *exchange) { x.p.RequestCancel(x.c) }, is{canceled: true}},
		"abandoned":         {func(x *exchange) { x.p.abandon(x.c) }, is{canceled: true}},
		"descriptor closed": {func(x *exchange) { x.closeFD() }, is{closed: true}},
		"proactor closed":   {func(x *exchange) { x.shut() }, is{closed: true}},
		"timed out, then canceled": {func(x *exchange) {
			x.p.SetDeadline(x.c, past())
			x.p.collect()
			x.p.expire()
			x.p.RequestCancel(x.c)
		}, is{canceled: true, deadline: true, timeout: true}},
		"canceled, then the rest": {func(x *exchange) {
			x.p.RequestCancel(x.c)
			x.p.SetDeadline(x.c, past())
			x.p.collect()
			x.closeFD()
			x.shut()
		}, is{canceled: true}},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			overSubjects(t, blockingOnFD, func(t *testing.T, s *subject) {
				if name == "completed" && !completable(s) {
					return // comes to no such end here
				}
				bothTimers(t, func(t *testing.T, config Config) {
					x := newExchange(newRig(t, config), s)
					x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(inFlight)
					end.stop(x)
					if x.calls == 0 {
						x.land()
					}
					err := x.flown.r.Err
					if err == nil {
						x.operation.check(x.flown.r)
					}
					got := is{
						canceled: errors.Is(err, ErrCanceled),
						deadline: errors.Is(err, os.ErrDeadlineExceeded),
						timeout:  isTimeout(err),
						closed:   errors.Is(err, net.ErrClosed),
					}
					if got != end.want {
						t.Errorf("%v is %+v, want %+v", err, got, end.want)
					}
					var op *OpError
					if err != nil && (!errors.As(err, &op) || op.FD != x.fd) {
						t.Errorf("%#v: want an *OpError on descriptor %d", err, x.fd)
					}
				})
			})
		})
	}
}

// stops are the ways to end a transfer half-way, and how that shows.
var stops = map[string]struct {
	stop func(x *exchange)
	is   func(error) bool
}{
	"timeout":       {func(x *exchange) { x.p.SetDeadline(x.c, past()) }, isTimedOut},
	"RequestCancel": {func(x *exchange) { x.p.RequestCancel(x.c) }, isCanceled},
	"CloseFD":       {func(x *exchange) { x.closeFD().land() }, isClosed},
	"Close":         {func(x *exchange) { x.shut() }, isClosed},
}

// A receive of all that was stopped half-way says how much it got, and why not
// more: the bytes are in the buffer and nowhere else (older kernels lost them).
func TestOutcomeOfAWholeReceiveStoppedHalfWay(t *testing.T) {
	submits := map[string]func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error{
		"recv": func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
			return p.Recv(c, fd, buf, unix.MSG_WAITALL, callback)
		},
		"recvmsg": func(p *Proactor, c *Completion, fd int, buf []byte, callback Callback) error {
			m := &Message{Buffers: [][]byte{buf[:7], buf[7:]}}
			return p.RecvMsg(c, fd, m, unix.MSG_WAITALL, callback)
		},
	}
	for stopName, stop := range stops {
		for name, submit := range submits {
			t.Run(stopName+"/"+name, func(t *testing.T) {
				overStreams(t, func(t *testing.T, config Config, fd, peer int) {
					x := halfWay(t, config, fd, submit)
					writeAll(t, peer, payload)
					x.until("the receive to take what is there", func() bool { return ready(t, fd, unix.POLLIN) == 0 })
					x.still()
					stop.stop(x)
					if x.calls == 0 {
						x.land()
					}
					if r := x.flown.r; r.N != len(payload) || !stop.is(r.Err) {
						t.Errorf("got %d, %v; want %d and the reason", r.N, r.Err, len(payload))
					}
					if got := x.buf[:len(payload)]; !bytes.Equal(got, payload) {
						t.Errorf("got %q, want %q", got, payload)
					}
					x.unwritten(len(payload))
				})
			})
		}
	}
}

// The kernel counts the time itself here, rather than being told to stop.
func TestOutcomeOfAWholeReceiveTimedOutHalfWay(t *testing.T) {
	overStreams(t, func(t *testing.T, config Config, fd, peer int) {
		writeAll(t, peer, payload)
		x := &exchange{rig: newRigAmid(t, config), subject: &subject{}}
		buf := make([]byte, 100)
		x.operation = &operation{fd: fd, buf: buf, submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.RecvWithTimeout(c, fd, buf, unix.MSG_WAITALL, 5*time.Millisecond, callback)
		}}
		if r := x.start().land(); r.N != len(payload) || !isTimedOut(r.Err) || !bytes.Equal(buf[:r.N], payload) {
			t.Errorf("got %q, %v; want %q and the timeout", buf[:r.N], r.Err, payload)
		}
	})
}

// halfWay starts a receive of more than will come.
func halfWay(t testing.TB, config Config, fd int, submit func(*Proactor, *Completion, int, []byte, Callback) error) *exchange {
	buf := make([]byte, 100)
	x := &exchange{rig: newRigAmid(t, config), subject: &subject{}, operation: &operation{fd: fd, buf: buf}}
	testutil.Poison(buf)
	x.operation.submit = func(p *Proactor, c *Completion, callback Callback) error {
		return submit(p, c, fd, buf, callback)
	}
	x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(inFlight)
	return x
}

// Of a large send that was stopped half-way the peer gets exactly N bytes.
func TestOutcomeOfALargeSendStoppedHalfWay(t *testing.T) {
	const size = 8 << 20
	whole := make([]byte, size)
	for i := range whole {
		whole[i] = counting(i)
	}
	submits := map[string]func(p *Proactor, c *Completion, fd int, callback Callback) error{
		"send": func(p *Proactor, c *Completion, fd int, callback Callback) error {
			return p.Send(c, fd, whole, 0, callback)
		},
		"sendmsg": func(p *Proactor, c *Completion, fd int, callback Callback) error {
			return p.SendMsg(c, fd, &Message{Buffers: [][]byte{whole[:size/2], whole[size/2:]}}, 0, callback)
		},
		"write": func(p *Proactor, c *Completion, fd int, callback Callback) error {
			return p.Write(c, fd, whole, CurrentPosition, callback)
		},
	}
	for stopName, stop := range stops {
		for name, submit := range submits {
			t.Run(stopName+"/"+name, func(t *testing.T) {
				overStreams(t, func(t *testing.T, config Config, fd, peer int) {
					smallBuffers(t, fd, peer, 128<<10)
					x := &exchange{rig: newRigAmid(t, config), subject: &subject{}, operation: &operation{fd: fd}}
					x.operation.submit = func(p *Proactor, c *Completion, callback Callback) error {
						return submit(p, c, fd, callback)
					}
					x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(inFlight)
					var got []byte
					x.until("a first part", func() bool {
						for chunk := make([]byte, 16<<10); len(got) < 300<<10 && ready(t, peer, unix.POLLIN) != 0; {
							n, err := unix.Read(peer, chunk)
							if err != nil && err != unix.EINTR {
								t.Fatalf("read: %v", err)
							}
							got = append(got, chunk[:max(n, 0)]...)
						}
						return len(got) >= 300<<10
					})
					x.still()
					stop.stop(x)
					if x.calls == 0 {
						x.land()
					}
					r := x.flown.r
					if !stop.is(r.Err) || r.N <= 0 || r.N >= size {
						t.Errorf("sent %d of %d, %v; want a part and the reason", r.N, size, r.Err)
					}
					if stopName != "CloseFD" {
						testutil.Close(t, fd)
					}
					got = append(got, readToEnd(t, peer)...)
					if len(got) != r.N || !bytes.Equal(got, whole[:r.N]) {
						t.Errorf("%d bytes arrived, want the first %d", len(got), r.N)
					}
				})
			})
		}
	}
}

func readToEnd(t testing.TB, fd int) (got []byte) {
	t.Helper()
	for chunk := make([]byte, 1<<16); ; {
		n, err := unix.Read(fd, chunk)
		switch {
		case err == unix.EINTR:
		case err != nil:
			t.Fatalf("read: %v", err)
		case n == 0:
			return got
		default:
			got = append(got, chunk[:n]...)
		}
	}
}
