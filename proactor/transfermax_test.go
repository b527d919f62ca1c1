//go:build unix

package proactor

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/internal/vector"
)

// A shortBackend is a backend of this system that moves transferMax bytes at most
// with one request, as a kernel moves less than 2 GiB.
type shortBackend struct {
	backend.Backend
	requests map[backend.Token]*shortRequest
}

const transferMax = 1000

type shortRequest struct {
	long  *backend.Request
	short backend.Request
	msg   backend.Message
}

func (b *shortBackend) Features() backend.Features {
	f := b.Backend.Features()
	f.TransferMax = transferMax
	return f
}

func (b *shortBackend) Submit(batch []*backend.Request) (int, error) {
	var short []*backend.Request
	for _, r := range batch {
		s := &shortRequest{long: r, short: *r}
		s.short.Buf = r.Buf[:min(len(r.Buf), transferMax)]
		if r.Msg != nil {
			s.msg = *r.Msg
			s.msg.Buffers = vector.Head(r.Msg.Buffers, transferMax)
			s.short.Msg = &s.msg
		}
		b.requests[r.Token] = s
		short = append(short, &s.short)
	}
	return b.Backend.Submit(short)
}

func (b *shortBackend) Reap(events []backend.Event) int {
	n := b.Backend.Reap(events)
	for _, e := range events[:n] {
		s := b.requests[e.Token]
		if delete(b.requests, e.Token); s == nil {
			continue // an answer
		}
		s.long.NameLen = s.short.NameLen
		if m := s.long.Msg; m != nil {
			m.NameLen, m.ControlLen, m.Flags = s.msg.NameLen, s.msg.ControlLen, s.msg.Flags
		}
	}
	return n
}

// newShortRig is newRig over a shortBackend.
func newShortRig(t *testing.T) *rig {
	t.Helper()
	testutil.CheckLeaks(t)
	config, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := openBackend(config, candidates)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t, newProactor(config, &shortBackend{b, make(map[backend.Token]*shortRequest)})}
	t.Cleanup(func() {
		if err := r.p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		r.empty()
	})
	return r
}

// A receiver is a receive of all of a buffer.
type receiver func(p *Proactor, c *Completion, fd int, buf []byte, flags int, callback Callback) error

var receivers = map[string]receiver{
	"Recv": (*Proactor).Recv,
	"RecvMsg": func(p *Proactor, c *Completion, fd int, buf []byte, flags int, callback Callback) error {
		m := &Message{Buffers: [][]byte{buf[:1], nil, buf[1:1500], buf[1500:]}}
		return p.RecvMsg(c, fd, m, flags, callback)
	},
}

// A receive with MSG_WAITALL goes on behind the most that the kernel moves at once,
// and loses nothing of it when it ends before it is full.
func TestReceiveOfMoreThanTheKernelMovesAtOnce(t *testing.T) {
	const size = 3500
	for name, receive := range receivers {
		for _, end := range []struct {
			name string
			sent int
			end  func(r *rig, f *flown, peer int)
			want func(error) bool
		}{
			{"full", size, func(*rig, *flown, int) {}, isNil},
			{"end of stream", 2500, func(_ *rig, _ *flown, peer int) { _ = unix.Shutdown(peer, unix.SHUT_WR) }, isNil},
			{"end of stream between two parts", 2000, func(_ *rig, _ *flown, peer int) { _ = unix.Shutdown(peer, unix.SHUT_WR) }, isNil},
			{"cancel", 2500, func(r *rig, f *flown, _ int) { r.p.RequestCancel(f.c) }, isCanceled},
			{"cancel between two parts", 2000, func(r *rig, f *flown, _ int) { r.p.RequestCancel(f.c) }, isCanceled},
			{"deadline", 2500, func(r *rig, f *flown, _ int) { r.p.SetDeadline(f.c, time.Unix(1, 0)) }, isTimedOut},
		} {
			t.Run(name+"/"+end.name, func(t *testing.T) {
				r := newShortRig(t)
				a, b := testutil.SocketPair(t)
				buf := make([]byte, size)
				f := r.fly(func(c *Completion, callback Callback) error {
					return receive(r.p, c, a, buf, unix.MSG_WAITALL, callback)
				})
				r.tick()
				mustSend(t, b, testutil.FileContents(0, end.sent))
				r.until("the parts that arrived", func() bool { return f.calls > 0 || f.c.moved == end.sent/transferMax*transferMax })
				end.end(r, f, b)
				got := f.land()
				_ = unix.Shutdown(b, unix.SHUT_WR)
				rest := readAll(t, a)
				if got.N+len(rest) != end.sent || len(rest) > 0 && got.Err == nil || !end.want(got.Err) {
					t.Errorf("got %d, %v, and %d are left; want %d", got.N, got.Err, len(rest), end.sent)
				}
				if !bytes.Equal(append(buf[:got.N:got.N], rest...), testutil.FileContents(0, end.sent)) {
					t.Error("other bytes than were sent")
				}
			})
		}
	}
}

func isNil(err error) bool { return err == nil }

func mustSend(t testing.TB, fd int, b []byte) {
	t.Helper()
	if n, err := unix.Write(fd, b); n != len(b) || err != nil {
		t.Fatalf("write %d bytes: %d, %v", len(b), n, err)
	}
}

// A receive that does not wait, nor go on, ends with what there is.
func TestReceiveThatDoesNotGoOn(t *testing.T) {
	for name, receive := range receivers {
		for _, c := range []struct {
			name              string
			flags, sent, want int
		}{
			{"without MSG_WAITALL", 0, 2500, transferMax},
			{"MSG_DONTWAIT", unix.MSG_WAITALL | unix.MSG_DONTWAIT, 2000, 2000},
			{"MSG_PEEK", unix.MSG_WAITALL | unix.MSG_PEEK, 2500, transferMax},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				r := newShortRig(t)
				a, b := testutil.SocketPair(t)
				buf := make([]byte, 3500)
				mustSend(t, b, testutil.FileContents(0, c.sent))
				got := r.fly(func(o *Completion, callback Callback) error {
					return receive(r.p, o, a, buf, c.flags, callback)
				}).land()
				if got.N != c.want || got.Err != nil || !bytes.Equal(buf[:c.want], testutil.FileContents(0, c.want)) {
					t.Errorf("got %d, %v; want %d", got.N, got.Err, c.want)
				}
			})
		}
	}
}

// Sends and writes that are stopped count what the peer can read, to the byte.
func TestSendOfMoreThanTheKernelMovesAtOnce(t *testing.T) {
	whole := testutil.FileContents(0, 1<<20)
	senders := map[string]receiver{
		"Send": (*Proactor).Send,
		"SendMsg": func(p *Proactor, c *Completion, fd int, buf []byte, flags int, callback Callback) error {
			return p.SendMsg(c, fd, &Message{Buffers: [][]byte{buf[:1], nil, buf[1:1500], buf[1500:]}}, flags, callback)
		},
		"Write": func(p *Proactor, c *Completion, fd int, buf []byte, _ int, callback Callback) error {
			return p.Write(c, fd, buf, CurrentPosition, callback)
		},
		"WriteV": func(p *Proactor, c *Completion, fd int, buf []byte, _ int, callback Callback) error {
			return p.WriteV(c, fd, [][]byte{buf[:1], nil, buf[1:1500], buf[1500:]}, CurrentPosition, callback)
		},
	}
	for name, send := range senders {
		for end, stop := range map[string]func(r *rig, f *flown){
			"cancel":   func(r *rig, f *flown) { r.p.RequestCancel(f.c) },
			"deadline": func(r *rig, f *flown) { r.p.SetDeadline(f.c, time.Unix(1, 0)) },
		} {
			t.Run(name+"/"+end, func(t *testing.T) {
				r := newShortRig(t)
				a, b := testutil.SocketPair(t)
				f := r.fly(func(c *Completion, callback Callback) error { return send(r.p, c, a, whole, 0, callback) })
				r.until("some parts", func() bool { return f.c.moved > 3*transferMax })
				stop(r, f)
				got := f.land()
				_ = unix.Shutdown(a, unix.SHUT_WR)
				if arrived := readAll(t, b); got.N != len(arrived) || !bytes.Equal(arrived, whole[:len(arrived)]) {
					t.Errorf("got %d, %v; %d bytes arrived", got.N, got.Err, len(arrived))
				}
				if !isCanceled(got.Err) && !isTimedOut(got.Err) {
					t.Errorf("got %d, %v", got.N, got.Err)
				}
			})
		}
	}
}

func readAll(t testing.TB, fd int) []byte {
	t.Helper()
	var all []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			t.Fatal(err)
		case n == 0:
			return all
		}
		all = append(all, buf[:n]...)
	}
}
