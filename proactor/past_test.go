//go:build unix

package proactor_test

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// TestDeadlineThatPassedAndWasTakenAway stops what was under way, as it does with
// package net, even if the loop hears of both at the same time.
func TestDeadlineThatPassedAndWasTakenAway(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	buf := make([]byte, 1)
	o := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
	driveUntil(t, p, "receive under way", func() bool { return p.Stats().InFlight == 1 })
	p.SetDeadline(&o.c, time.Now().Add(-time.Second))
	p.SetDeadline(&o.c, time.Time{})
	wantIs(t, wait(t, p, o).Err, os.ErrDeadlineExceeded)

	// The loop hears of the receive at the same time.
	o = start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
	p.SetDeadline(&o.c, time.Now().Add(-time.Second))
	p.SetDeadline(&o.c, time.Time{})
	wantIs(t, wait(t, p, o).Err, os.ErrDeadlineExceeded)

	// One that comes to pass later is taken away in time.
	o = start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
	p.SetDeadline(&o.c, time.Now().Add(time.Hour))
	p.SetDeadline(&o.c, time.Time{})
	if _, err := unix.Write(b, []byte("x")); err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, o), 1)
}
