//go:build unix

package readiness

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// An accepted descriptor whose event nobody has taken is closed with the engine.
func TestCloseClosesWhatWasAccepted(t *testing.T) {
	e := openEngine(t) // checks that no descriptor is left
	fd, addr := testutil.Listener(t)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, client)
	to := &unix.SockaddrInet4{Port: addr.Port}
	copy(to.Addr[:], addr.IP.To4())
	if err := unix.Connect(client, to); err != nil {
		t.Fatal(err)
	}
	r := &backend.Request{Token: backend.Token{Index: 0, Generation: 1}, Op: backend.OpAccept, FD: fd}
	if _, err := e.Submit([]*backend.Request{r}); err != nil {
		t.Fatal(err)
	}
	if len(e.events) != 1 || e.events[0].event.Result < 0 {
		t.Fatalf("events %+v, want a descriptor", e.events)
	}
	made := e.events[0].event.Result
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if _, err := unix.FcntlInt(uintptr(made), unix.F_GETFD, 0); err != unix.EBADF {
		t.Errorf("the accepted descriptor: %v, want EBADF", err)
	}
}

// A poller tells nothing of a descriptor that was closed, though another is of the same
// open file: epoll(7) keeps what was asked for it.
func TestNothingIsToldOfAClosedDescriptor(t *testing.T) {
	e := openEngine(t)
	a, b := testutil.SocketPair(t)
	twin, err := unix.FcntlInt(uintptr(a), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, twin)
	r := &backend.Request{Token: backend.Token{Index: 0, Generation: 1}, Op: backend.OpRecv, FD: a, Buf: make([]byte, 8)}
	if _, err := e.Submit([]*backend.Request{r}); err != nil {
		t.Fatal(err)
	}
	e.Cancel(r.Token, backend.TokenNone)
	if got := next(t, e); got.Result != -int(unix.ECANCELED) {
		t.Fatalf("the receive: %d", got.Result)
	}
	testutil.Disown(t, a)
	c := &backend.Request{Token: backend.Token{Index: 1, Generation: 1}, Op: backend.OpClose, FD: a}
	if _, err := e.Submit([]*backend.Request{c}); err != nil {
		t.Fatal(err)
	}
	if got := next(t, e); got.Result != 0 {
		t.Fatalf("the close: %d", got.Result)
	}
	mustWrite(t, b, "x")
	err = e.poller.Events(func(fd int, _, _ bool) { t.Errorf("told of %d; it was %d that is closed", fd, a) })
	if err != nil {
		t.Error(err)
	}
}
