//go:build !kqueue

// The emulated kqueue takes a descriptor for each wait, which a real one does
// not: it cannot run at a limit of descriptors.

package proactor

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// limited tells a child which test to run under a limit of its own.
const limited = "AWAITIO_TEST_LIMITED"

// inChild runs the calling test again in a process of its own, and reports
// whether this is that process.
func inChild(t *testing.T) bool {
	t.Helper()
	if os.Getenv(limited) == t.Name() {
		return true
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), limited+"="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("in a child: %v\n%s", err, out)
	}
	return false
}

// one carries out an operation with a proactor that nothing else drives.
func one(t *testing.T, p *Proactor, submit func(c *Completion, callback Callback) error) Result {
	t.Helper()
	var c Completion
	var got *Result
	if err := submit(&c, func(_ *Completion, r Result) { got = &r }); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); got == nil; {
		if time.Now().After(end) {
			t.Fatal("still under way after 10 s")
		}
		if err := p.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	return *got
}

// At the limit of descriptors an accept says so, and the client it could not take
// is still there for the next one.
func TestAcceptAtTheLimitOfDescriptorsLosesNobody(t *testing.T) {
	if !inChild(t) {
		return
	}
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	listener, addr := testutil.Listener(t)
	client, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(client)
	accept := func(c *Completion, callback Callback) error { return p.Accept(c, listener, 0, callback) }

	last, err := unix.Dup(client) // the lowest number that is free
	if err != nil {
		t.Fatal(err)
	}
	limit := unix.Rlimit{Cur: uint64(last) + 1, Max: uint64(last) + 1}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if r := one(t, p, func(c *Completion, callback Callback) error { return p.Connect(c, client, addr, callback) }); r.Err != nil {
		t.Fatal(r.Err)
	}
	for range 3 {
		r := one(t, p, accept)
		if !errors.Is(r.Err, unix.EMFILE) || !strings.Contains(r.Err.Error(), "too many open files") {
			t.Fatalf("accept without a descriptor to be had: %+v", r)
		}
	}
	if err := unix.Close(last); err != nil {
		t.Fatal(err)
	}
	r := one(t, p, accept)
	if r.Err != nil {
		t.Fatalf("accept with a descriptor to be had: %v", r.Err)
	}
	if _, err := unix.Write(client, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 16)
	if got := one(t, p, func(c *Completion, callback Callback) error { return p.Recv(c, r.N, buf, 0, callback) }); got.N != 10 {
		t.Errorf("received %+v", got)
	}
	unix.Close(r.N)
}

// Without a descriptor for the ring itself, New names the limit.
func TestNoDescriptorForTheBackendIsNamed(t *testing.T) {
	if !inChild(t) {
		return
	}
	time.Sleep(time.Nanosecond) // with its first timer the runtime opens a poller of its own, or dies
	none, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(none)
	limit := unix.Rlimit{Cur: uint64(none), Max: uint64(none)}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{})
	if err == nil {
		p.Close()
	}
	if !errors.Is(err, unix.EMFILE) {
		t.Errorf("got %v, want EMFILE", err)
	}
	if again := (&net.OpError{Op: "accept", Err: err}); !again.Temporary() {
		t.Errorf("a server would not try again after %v", again)
	}
}

// A tiny limit of locked memory stops older kernels, and then it is named.
func TestTinyLockedMemoryWorksOrIsNamed(t *testing.T) {
	if !inChild(t) {
		return
	}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{}); err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{})
	if err != nil {
		if !strings.Contains(err.Error(), "RLIMIT_MEMLOCK") {
			t.Errorf("got %v; want the limit named", err)
		}
		return
	}
	defer p.Close()
	exchangeBytes(t, p)
}

// exchangeBytes has p receive what is sent, and time out where nothing is.
func exchangeBytes(t *testing.T, p *Proactor) {
	t.Helper()
	a, b := testutil.SocketPair(t)
	var recv, send Completion
	var got, timedOut Result
	buf, left := make([]byte, 8), 3
	if err := p.Recv(&recv, a, buf, 0, func(c *Completion, r Result) {
		left--
		got = r
		err := p.RecvWithTimeout(c, a, buf, 0, time.Millisecond, func(_ *Completion, r Result) {
			left--
			timedOut = r
		})
		if err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(&send, b, []byte("data"), 0, func(*Completion, Result) { left-- }); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); left > 0 && time.Now().Before(end); {
		if err := p.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if got.N != 4 || got.Err != nil || !errors.Is(timedOut.Err, os.ErrDeadlineExceeded) {
		t.Errorf("received %+v, then %+v; want data, then a timeout", got, timedOut)
	}
}
