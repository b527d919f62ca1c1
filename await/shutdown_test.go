//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestShutdownWaits(t *testing.T) {
	for _, network := range []string{"unix", "tcp4"} { // on a poller the callers of the latter receive by themselves
		t.Run(network, func(t *testing.T) { shutdownWaits(t, network) })
	}
}

func shutdownWaits(t *testing.T, network string) {
	io := open(t, Config{Loops: testLoops})
	a, b := pairOn(t, io, network)
	if network == "tcp4" { // registered with a poller by now
		must(t, writeOne(b))
		_, err := a.Read(make([]byte, 1))
		must(t, err)
	}
	read := later(func() (int, error) { return a.Read(make([]byte, 10)) })
	waitUnderWay(t, io, 1)
	ended := later(func() (int, error) { return 0, io.Shutdown(background) })
	testutil.Eventually(t, patience, func() bool { return io.Nop(background) != nil }, "calls are refused")
	_, err := b.Write([]byte("x"))
	wantIs(t, err, net.ErrClosed)
	_, err = a.Read(make([]byte, 1))
	wantIs(t, err, net.ErrClosed)
	_, err = io.Stat(".")
	wantIs(t, err, net.ErrClosed)
	_, err = io.StatContext(t.Context(), ".")
	wantIs(t, err, net.ErrClosed)
	select {
	case o := <-ended:
		t.Fatalf("Shutdown has ended beside a call: %v", o.err)
	case o := <-read:
		t.Fatalf("a call that was under way ended: %v", o.err)
	case <-time.After(20 * time.Millisecond):
	}
	raw, err := b.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { mustWrite(t, int(fd), []byte("hello")) }))
	o := receive(t, read, "the read under way")
	wantCount(t, "the read under way", o.n, o.err, 5)
	must(t, receive(t, ended, "the end of Shutdown").err)
	must(t, io.Shutdown(background)) // once more
	must(t, a.Close())
	must(t, b.Close())
}

func TestShutdownEndsCallsWithItsContext(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	read := later(func() (int, error) { return a.Read(make([]byte, 10)) })
	sleep := later(func() (int, error) { return 0, io.Sleep(background, time.Hour) })
	waitUnderWay(t, io, 2)
	ctx, stop, cause := ending()
	ended := later(func() (int, error) { return 0, io.Shutdown(ctx) })
	testutil.Eventually(t, patience, func() bool { return io.Nop(background) != nil }, "calls are refused")
	stop()
	wantIs(t, receive(t, read, "the end of a read").err, net.ErrClosed)
	wantIs(t, receive(t, sleep, "the end of a sleep").err, net.ErrClosed)
	err := receive(t, ended, "the end of Shutdown").err
	wantIs(t, err, cause)
	if errors.Is(err, ErrLeft) {
		t.Errorf("Shutdown left something: %v", err)
	}
	must(t, a.Close())
	must(t, b.Close())
}

func TestShutdownOfNothing(t *testing.T) {
	io := open(t, Config{})
	wantIs(t, io.Shutdown(nil), os.ErrInvalid) //lint:ignore SA1012 that is the test
	ended, cancel := context.WithCancel(background)
	cancel()
	must(t, io.Shutdown(ended)) // there is nothing to wait for
	wantIs(t, io.Nop(background), net.ErrClosed)
}

// The default IO refuses nothing, and starts again.
func TestShutdownOfAnIOThatReopens(t *testing.T) {
	testutil.CheckLeaks(t)
	io := &IO{loops: newReopeningLoops()}
	must(t, io.Nop(background))
	must(t, io.Shutdown(background))
	must(t, io.Nop(background))
	must(t, io.Close())
}
