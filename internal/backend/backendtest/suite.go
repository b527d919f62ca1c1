//go:build unix

package backendtest

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// Run holds the backends of w to the contract.
func Run(t *testing.T, w World) {
	for _, rule := range []struct {
		name string
		test func(*testing.T, World)
	}{
		{"rule 1: a request taken is carried out", everyOperation},
		{"rule 1: errors are the kernel's", errors},
		{"rule 2: nothing is dropped for want of room", hundredsAtOnce},
		{"rule 3: requests start in order", startOrder},
		{"rule 4: stale tokens match nothing", staleTokens},
		{"rule 4: a receive of all is one result", receiveAll},
		{"rule 5: a cancel stops what waits", cancelWaiting},
		{"rule 5: a cancel can be too late", cancelLate},
		{"rule 5: a cancel of nothing says so", cancelNothing},
		{"rule 5: a cancel takes one of several", cancelOneOfSeveral},
		{"rule 5: a part done is told", cancelPart},
		{"rule 5: a write and its sync are told apart", cancelWriteSync},
		{"rule 6: EAGAIN only where it was asked for", dontWait},
		{"rule 7: Reap does not block", reapDoesNotBlock},
		{"rule 8: Wait ends at an event", waitForEvent},
		{"rule 8: Wait ends at its deadline", waitForDeadline},
		{"rule 8: Wait is not ended again and again by what nobody waits for", waitUsesNoCPU},
		{"rule 9: Wake is sticky", wakeIsSticky},
		{"rule 9: Wake comes from anywhere", wakeFromAnywhere},
		{"rule 10: Close stops what is in flight", closeInFlight},
		{"rule 11: what a combiner begins ends a Park", combinerBegins},
		{"rule 11: what meets a combiner is found", combinerMeetsAnArrival},
		{"rule 11: a Park covers a deadline, or not", combinerMovesTheDeadline},
		{"rule 11: a result that is left is told", combinerLeavesAResult},
		{"rule 11: Ready tells of results", readiness},
		{"both directions of a descriptor", bothDirections},
		{"several wait on one descriptor", severalOnOne},
		{"a number is used again", numberReused},
		{"the peer's end", peersEnd},
		{"a shutdown passes those who wait", shutdownPasses},
	} {
		t.Run(rule.name, func(t *testing.T) { rule.test(t, w) })
	}
}

func describe(result int) string {
	if result < 0 {
		return fmt.Sprintf("%d (%v)", result, syscall.Errno(-result))
	}
	return fmt.Sprint(result)
}

func recv(fd int, buf []byte) *backend.Request {
	return &backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf}
}

func send(fd int, s string) *backend.Request {
	return &backend.Request{Op: backend.OpSend, FD: fd, Buf: []byte(s)}
}

func everyOperation(t *testing.T, w World) {
	r := newRig(t, w)
	r.want(r.do(&backend.Request{Op: backend.OpNop, FD: -1}), 0, "nop")
	t.Run("stream", func(t *testing.T) { stream(t, r) })
	t.Run("message", func(t *testing.T) { message(t, r) })
	t.Run("connection", func(t *testing.T) { connection(t, r) })
	t.Run("address of the peer", func(t *testing.T) { peerAddress(t, r) })
	t.Run("file", func(t *testing.T) { file(t, r) })
	t.Run("pipe", func(t *testing.T) { pipe(t, r) })
	t.Run("write and sync", func(t *testing.T) { writeAndSync(t, r) })
	t.Run("several buffers", func(t *testing.T) { severalBuffers(t, r) })
}

func errors(t *testing.T, w World) {
	r := newRig(t, w)
	a, _ := w.SocketPair(t)
	fd, path := w.File(t, 10)
	buf := make([]byte, 4)
	for _, c := range []struct {
		name string
		q    backend.Request
		want syscall.Errno
	}{
		{"recv of no descriptor", backend.Request{Op: backend.OpRecv, FD: 19999, Buf: buf}, syscall.EBADF},
		{"send to no descriptor", backend.Request{Op: backend.OpSend, FD: 19999, Buf: buf}, syscall.EBADF},
		{"close of no descriptor", backend.Request{Op: backend.OpClose, FD: 19999}, syscall.EBADF},
		{"read of no descriptor", backend.Request{Op: backend.OpRead, FD: 19999, Buf: buf, Offset: -1}, syscall.EBADF},
		{"readv of no descriptor", backend.Request{Op: backend.OpReadV, FD: 19999, Msg: &backend.Message{Buffers: [][]byte{buf}}}, syscall.EBADF},
		{"preadv of a socket", backend.Request{Op: backend.OpReadV, FD: a, Msg: &backend.Message{Buffers: [][]byte{buf}}, Offset: 1}, syscall.ESPIPE},
		{"recv of a file", backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf}, syscall.ENOTSOCK},
		{"accept of a file", backend.Request{Op: backend.OpAccept, FD: fd}, syscall.ENOTSOCK},
		{"accept of what does not listen", backend.Request{Op: backend.OpAccept, FD: a}, syscall.EINVAL},
		{"pread of a socket", backend.Request{Op: backend.OpRead, FD: a, Buf: buf, Offset: 1}, syscall.ESPIPE},
		{"openat of nothing", backend.Request{Op: backend.OpOpenAt, FD: atCWD, Name: []byte(path + "-not\x00")}, syscall.ENOENT},
		{"openat below a file", backend.Request{Op: backend.OpOpenAt, FD: atCWD, Name: []byte(path + "/x\x00")}, syscall.ENOTDIR},
		{"shutdown of a file", backend.Request{Op: backend.OpShutdown, FD: fd}, syscall.ENOTSOCK},
	} {
		r.want(r.do(&c.q), -int(c.want), "%s", c.name)
	}
}

func hundredsAtOnce(t *testing.T, w World) {
	r := newRig(t, w)
	const n = 2000
	in, out := w.SocketPair(t)
	var requests []*backend.Request
	for range n {
		requests = append(requests, recv(in, make([]byte, 1)))
	}
	// Tokens of 97 slots do not do for so many at once.
	for i, q := range requests {
		q.Token = backend.Token{Index: uint32(1000 + i), Generation: 1}
		r.out[q.Token] = true
	}
	left := requests
	for end := time.Now().Add(patience); len(left) > 0; {
		taken, err := r.b.Submit(left)
		if err != nil {
			t.Fatal(err)
		}
		if taken == 0 && len(left) == n {
			t.Fatal("a backend with nothing in flight takes nothing")
		}
		if left = left[taken:]; taken == 0 {
			r.pump(end)
		}
	}
	r.want(r.do(send(out, string(make([]byte, n)))), n, "send")
	for _, q := range requests {
		r.want(r.result(q.Token), 1, "recv")
	}
}

func startOrder(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	r.want(r.do(send(b, "abcdef")), 6, "send")
	var requests []*backend.Request
	for range 6 {
		requests = append(requests, recv(a, make([]byte, 1)))
	}
	var got strings.Builder
	for i, token := range r.submit(requests...) {
		r.want(r.result(token), 1, "recv")
		got.WriteString(string(requests[i].Buf))
	}
	if got.String() != "abcdef" {
		t.Errorf("six receives in order got %q", got.String())
	}
}

func staleTokens(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	first := recv(a, make([]byte, 1))
	r.want(r.do(send(b, "12")), 2, "send")
	r.want(r.do(first), 1, "recv")
	r.want(r.do(recv(a, make([]byte, 1))), 1, "recv")
	// The slot's next user, with the next generation.
	next := recv(a, make([]byte, 1))
	next.Token = backend.Token{Index: first.Token.Index, Generation: first.Token.Generation + 1}
	r.out[next.Token] = true
	if n, err := r.b.Submit([]*backend.Request{next}); n != 1 || err != nil {
		t.Fatalf("Submit: %d, %v", n, err)
	}
	r.want(r.result(r.cancel(first.Token, true)), -int(syscall.ENOENT), "cancel of the slot's last user")
	r.still(next.Token)
	r.want(r.do(send(b, "3")), 1, "send")
	r.want(r.result(next.Token), 1, "the slot's next user")
}

func cancelWaiting(t *testing.T, w World) {
	r := newRig(t, w)
	in, out := w.SocketPair(t)
	pipeIn, _ := w.Pipe(t)
	listener, _ := w.Listen(t)
	for name, q := range map[string]func() *backend.Request{
		"recv": func() *backend.Request { return recv(in, make([]byte, 4)) },
		"read": func() *backend.Request {
			return &backend.Request{Op: backend.OpRead, FD: pipeIn, Buf: make([]byte, 4), Offset: -1}
		},
		"readv":  func() *backend.Request { return vector(backend.OpReadV, pipeIn, -1, make([]byte, 2), make([]byte, 2)) },
		"accept": func() *backend.Request { return &backend.Request{Op: backend.OpAccept, FD: listener} },
		"poll":   func() *backend.Request { return &backend.Request{Op: backend.OpPoll, FD: in, Flags: pollIn} },
	} {
		for _, answered := range []bool{true, false} {
			token := r.submit(q())[0]
			r.still(token)
			answer := r.cancel(token, answered)
			r.want(r.result(token), -int(syscall.ECANCELED), "%s that was cancelled", name)
			if answered {
				r.want(r.result(answer), 0, "answer to the cancel of %s", name)
			}
		}
	}
	r.want(r.do(send(out, "data")), 4, "send")
	r.want(r.do(recv(in, make([]byte, 8))), 4, "recv after all the cancelled ones")
}

func cancelLate(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	r.want(r.do(send(b, "data")), 4, "send")
	buf := make([]byte, 8)
	token := r.submit(recv(a, buf))[0]
	answer := r.cancel(token, true) // complete by now, and not reaped
	switch got := r.result(token); got {
	case 4:
	case -int(syscall.ECANCELED):
		r.want(r.do(recv(a, buf)), 4, "recv of what the cancelled one left")
	default:
		t.Errorf("recv: %s", describe(got))
	}
	switch got := syscall.Errno(-r.result(answer)); got {
	case 0, syscall.ENOENT, syscall.EALREADY:
	default:
		t.Errorf("answer: %v", got)
	}
}

func cancelNothing(t *testing.T, w World) {
	r := newRig(t, w)
	r.want(r.result(r.cancel(backend.Token{Index: 5, Generation: 1}, true)), -int(syscall.ENOENT), "cancel of what never was")
	r.want(r.result(r.cancel(backend.Token{Index: 1 << 20, Generation: 3}, true)), -int(syscall.ENOENT), "cancel of a slot that never was")
	r.cancel(backend.Token{Index: 7, Generation: 1}, false)
	r.want(r.do(&backend.Request{Op: backend.OpNop, FD: -1}), 0, "nop after it")
}

func cancelOneOfSeveral(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	var requests []*backend.Request
	for range 5 {
		requests = append(requests, recv(a, make([]byte, 1)))
	}
	tokens := r.submit(requests...)
	for _, i := range []int{2, 0, 4} {
		r.want(r.result(r.cancel(tokens[i], true)), 0, "cancel")
		r.want(r.result(tokens[i]), -int(syscall.ECANCELED), "recv %d", i)
	}
	r.want(r.do(send(b, "xy")), 2, "send")
	for _, i := range []int{1, 3} {
		r.want(r.result(tokens[i]), 1, "recv %d", i)
	}
}

func cancelPart(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	q := recv(a, make([]byte, 10))
	q.Flags = syscall.MSG_WAITALL
	token := r.submit(q)[0]
	r.want(r.do(send(b, "part")), 4, "send")
	r.still(token)
	r.cancel(token, false)
	if r.want(r.result(token), 4, "recv of all, stopped half-way"); string(q.Buf[:4]) != "part" {
		t.Errorf("received %q", q.Buf[:4])
	}
}

func dontWait(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	q := recv(a, make([]byte, 4))
	q.Flags = syscall.MSG_DONTWAIT
	r.want(r.do(q), -int(syscall.EAGAIN), "recv that will not wait")
	r.want(r.do(send(b, "now")), 3, "send")
	r.want(r.do(q), 3, "recv that need not wait")
}

func reapDoesNotBlock(t *testing.T, w World) {
	r := newRig(t, w)
	a, _ := w.SocketPair(t)
	token := r.submit(recv(a, make([]byte, 4)))[0]
	var none [4]backend.Event
	for range 100 {
		if n := r.b.Reap(none[:]); n != 0 {
			t.Fatalf("%d events of nothing", n)
		}
	}
	if n := r.b.Reap(nil); n != 0 {
		t.Errorf("%d events in no room", n)
	}
	r.still(token)
}

func waitForEvent(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	for range 50 {
		token := r.submit(recv(a, make([]byte, 4)))[0]
		r.submit(send(b, "x"))
		for r.events[token].Token == backend.TokenNone {
			if err := r.b.Wait(time.Time{}); err != nil { // for ever, if the event were missed
				t.Fatal(err)
			}
			r.flush()
			r.reap()
		}
	}
}

func waitForDeadline(t *testing.T, w World) {
	r := newRig(t, w)
	a, _ := w.SocketPair(t)
	token := r.submit(recv(a, make([]byte, 4)))[0]
	for _, d := range []time.Duration{10 * time.Millisecond, 0, time.Millisecond, -time.Second} {
		for end := time.Now().Add(d); ; {
			if err := r.b.Wait(end); err != nil {
				t.Fatal(err)
			}
			if !time.Now().Before(end) {
				break
			}
		}
	}
	r.still(token)
}

// What arrives after the receive that waited for it was stopped is nobody's. A loop that
// it never lets wait would take a processor for nothing.
func waitUsesNoCPU(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	token := r.submit(recv(a, make([]byte, 4)))[0]
	r.still(token)
	r.cancel(token, false)
	r.want(r.result(token), -int(syscall.ECANCELED), "recv that was cancelled")
	r.want(r.do(send(b, "late")), 4, "send")
	const waitsMax = 100 // one or two, but for a machine that is slow
	waits := 0
	for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); waits++ {
		r.flush()
		r.reap()
		if err := r.b.Wait(end); err != nil {
			t.Fatal(err)
		}
	}
	if waits > waitsMax {
		t.Errorf("%d waits until one lasted", waits)
	}
	r.want(r.do(recv(a, make([]byte, 8))), 4, "recv of what came late")
}

func wakeIsSticky(t *testing.T, w World) {
	r := newRig(t, w)
	a, _ := w.SocketPair(t)
	token := r.submit(recv(a, make([]byte, 4)))[0]
	for range 100 {
		r.b.Wake()
		r.b.Wake()
		if err := r.b.Wait(time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	r.still(token)
}

func wakeFromAnywhere(t *testing.T, w World) {
	r := newRig(t, w)
	for range 200 {
		woken := make(chan struct{})
		go func() {
			r.b.Wake()
			close(woken)
		}()
		if err := r.b.Wait(time.Time{}); err != nil {
			t.Fatal(err)
		}
		<-woken
	}
	if err := r.b.Close(); err != nil {
		t.Fatal(err)
	}
	r.b.Wake()
}

func closeInFlight(t *testing.T, w World) {
	warm := newRig(t, w) // what the process opens only once is open from here on
	a, b := w.SocketPair(t)
	in, _ := w.Pipe(t)
	listener, addr := w.Listen(t)
	name, err := sockaddr.Append(nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	client := warm.do(&backend.Request{Op: backend.OpSocket, FD: -1, Mode: syscall.AF_INET, Flags: syscall.SOCK_STREAM})
	before := w.OpenDescriptors(t)

	r := newRig(t, w)
	r.submit(recv(a, make([]byte, 4)), recv(b, make([]byte, 4)),
		&backend.Request{Op: backend.OpRead, FD: in, Buf: make([]byte, 4), Offset: -1},
		&backend.Request{Op: backend.OpAccept, FD: listener},
		&backend.Request{Op: backend.OpConnect, FD: int(client), Name: name})
	var wg sync.WaitGroup
	wg.Go(r.b.Wake)
	for range 2 {
		if err := r.b.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	wg.Wait()
	if after := w.OpenDescriptors(t); after != before {
		t.Errorf("%d descriptors open after Close, %d before Open", after, before)
	}
	warm.want(warm.do(&backend.Request{Op: backend.OpClose, FD: int(client)}), 0, "close")
	warm.want(warm.do(send(b, "still")), 5, "send on what was in flight")
	warm.want(warm.do(recv(a, make([]byte, 8))), 5, "recv on what was in flight")
}

func bothDirections(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	in := r.submit(recv(a, make([]byte, 4)))[0]
	big := make([]byte, 4<<20)
	out := r.submit(&backend.Request{Op: backend.OpSend, FD: a, Buf: big})[0]
	r.still(in)
	r.want(r.do(send(b, "in")), 2, "send")
	r.want(r.result(in), 2, "recv while a send is in flight on the descriptor")
	sent, buf := int(0), make([]byte, 1<<16)
	for read := 0; read < len(big); {
		n := r.do(recv(b, buf))
		if n <= 0 {
			t.Fatalf("recv: %s", describe(n))
		}
		read += int(n)
		if e, ok := r.events[out]; ok && e.Result < int(len(big)) && sent == 0 {
			sent = e.Result // a short send is the proactor's to finish
			if sent <= 0 {
				t.Fatalf("send: %s", describe(sent))
			}
			out = r.submit(&backend.Request{Op: backend.OpSend, FD: a, Buf: big[sent:]})[0]
		}
	}
	r.want(r.result(out)+sent, int(len(big)), "a large send")
}

func severalOnOne(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	var requests []*backend.Request
	for range 20 {
		requests = append(requests, recv(a, make([]byte, 1)))
	}
	tokens := r.submit(requests...)
	poll := r.submit(&backend.Request{Op: backend.OpPoll, FD: a, Flags: pollOut})[0]
	if got := r.result(poll); got&pollOut == 0 {
		t.Errorf("poll: %s", describe(got))
	}
	for range tokens {
		r.want(r.do(send(b, "x")), 1, "send")
	}
	for _, token := range tokens {
		r.want(r.result(token), 1, "recv")
	}
}

func numberReused(t *testing.T, w World) {
	r := newRig(t, w)
	for range 20 {
		a, b := w.SocketPair(t)
		token := r.submit(recv(a, make([]byte, 4)))[0]
		r.still(token)
		r.cancel(token, false)
		r.want(r.result(token), -int(syscall.ECANCELED), "recv")
		for _, fd := range []int{a, b} {
			r.want(r.do(&backend.Request{Op: backend.OpClose, FD: fd}), 0, "close")
			w.Disown(t, fd)
		}
	}
}

func peersEnd(t *testing.T, w World) {
	r := newRig(t, w)
	a, b := w.SocketPair(t)
	token := r.submit(recv(a, make([]byte, 4)))[0]
	r.still(token)
	r.want(r.do(&backend.Request{Op: backend.OpClose, FD: b}), 0, "close")
	w.Disown(t, b)
	r.want(r.result(token), 0, "recv when the peer closes")
	var got int
	for range 10 { // the first may go into the buffer
		if got = r.do(send(a, "anybody")); got < 0 {
			break
		}
	}
	if errno := syscall.Errno(-got); errno != syscall.EPIPE && errno != syscall.ECONNRESET {
		t.Errorf("send to nobody: %s", describe(got))
	}
}

func shutdownPasses(t *testing.T, w World) {
	r := newRig(t, w)
	a, _ := w.SocketPair(t)
	tokens := r.submit(recv(a, make([]byte, 4)), recv(a, make([]byte, 4)))
	r.still(tokens[0])
	r.want(r.do(&backend.Request{Op: backend.OpShutdown, FD: a, Flags: syscall.SHUT_RDWR}), 0, "shutdown")
	for _, token := range tokens {
		r.want(r.result(token), 0, "recv of a descriptor that was shut down")
	}
}
