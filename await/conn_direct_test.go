//go:build unix

package await

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// Reads of a connection after the first one that waited: on epoll the caller makes them, on
// the other backends the proactor. All is the same.

// watchedPair is a connection whose end b has had a Read that waited.
func watchedPair(t *testing.T, aio *IO) (a, b *Conn) {
	t.Helper()
	a, b = pairOn(t, aio, "tcp4")
	readLater(t, aio, a, b, "first")
	return a, b
}

func TestEndsOfALaterRead(t *testing.T) {
	cause := errors.New("the cause")
	for name, test := range map[string]struct {
		end    func(cancel context.CancelCauseFunc, aio *IO, a, b *Conn) error
		want   error
		closed bool // b cannot be read any more
	}{
		"context":         {end: func(cancel context.CancelCauseFunc, _ *IO, _, _ *Conn) error { cancel(cause); return nil }, want: cause},
		"deadline":        {end: func(_ context.CancelCauseFunc, _ *IO, _, b *Conn) error { return b.SetReadDeadline(soon()) }, want: os.ErrDeadlineExceeded},
		"past deadline":   {end: func(_ context.CancelCauseFunc, _ *IO, _, b *Conn) error { return b.SetDeadline(time.Unix(1, 0)) }, want: os.ErrDeadlineExceeded},
		"moved deadline":  {end: moveDeadline, want: os.ErrDeadlineExceeded},
		"Close":           {end: func(_ context.CancelCauseFunc, _ *IO, _, b *Conn) error { return b.Close() }, want: net.ErrClosed, closed: true},
		"Close of the IO": {end: func(_ context.CancelCauseFunc, aio *IO, _, _ *Conn) error { return aio.Close() }, want: net.ErrClosed, closed: true},
		"CloseRead":       {end: func(_ context.CancelCauseFunc, _ *IO, _, b *Conn) error { return b.CloseRead() }, want: io.EOF, closed: true},
		"the peer's end":  {end: func(_ context.CancelCauseFunc, _ *IO, a, _ *Conn) error { return a.CloseWrite() }, want: io.EOF, closed: true},
	} {
		t.Run(name, func(t *testing.T) {
			aio := open(t, Config{})
			a, b := watchedPair(t, aio)
			ctx, cancel := context.WithCancelCause(background)
			defer cancel(nil)
			read := later(func() (int, error) { return b.ReadContext(ctx, make([]byte, 100)) })
			waitUnderWay(t, aio, 1)
			must(t, test.end(cancel, aio, a, b))
			o := receive(t, read, "end of the Read")
			if o.n != 0 || !errors.Is(o.err, test.want) {
				t.Fatalf("%d, %v; want %v", o.n, o.err, test.want)
			}
			if test.closed {
				return
			}
			must(t, b.SetReadDeadline(time.Time{}))
			readLater(t, aio, a, b, "what comes later")
		})
	}
}

func soon() time.Time { return time.Now().Add(20 * time.Millisecond) }

// moveDeadline sets one that is far, then one that is near, then one that is between.
func moveDeadline(_ context.CancelCauseFunc, _ *IO, _, b *Conn) error {
	return errors.Join(b.SetReadDeadline(time.Now().Add(time.Hour)), b.SetReadDeadline(soon()), b.SetReadDeadline(soon().Add(20*time.Millisecond)))
}

// A deadline that is moved before each Read, as servers do, ends the one that waits too long.
func TestDeadlineOfEachRead(t *testing.T) {
	aio := open(t, Config{})
	a, b := watchedPair(t, aio)
	for range 50 {
		must(t, b.SetReadDeadline(time.Now().Add(time.Hour)))
		readLater(t, aio, a, b, "in time")
	}
	for range 5 {
		must(t, b.SetReadDeadline(soon()))
		began := time.Now()
		_, err := b.Read(make([]byte, 8))
		wantDeadline(t, err)
		if elapsed := time.Since(began); elapsed < 15*time.Millisecond {
			t.Errorf("ended after %v, before its deadline", elapsed)
		}
	}
}

// What interrupts a Read costs none of the bytes, and changes their order in nothing.
func TestInterruptedReadsLoseNoBytes(t *testing.T) {
	aio := open(t, Config{Loops: testLoops})
	a, b := watchedPair(t, aio)
	const total = 200000
	var writer sync.WaitGroup
	writer.Go(func() {
		for sent := 0; sent < total; {
			p := make([]byte, min(1+rand.IntN(50), total-sent))
			for i := range p {
				p[i] = byte(sent + i)
			}
			if _, err := a.Write(p); err != nil {
				t.Error(err)
				return
			}
			sent += len(p)
		}
	})
	defer writer.Wait()
	buf := make([]byte, 32) // often less than what is there
	for got := 0; got < total; {
		ctx, cancel := context.WithTimeout(background, time.Duration(rand.IntN(100))*time.Microsecond)
		if rand.IntN(3) == 0 {
			must(t, b.SetReadDeadline(time.Now().Add(time.Duration(rand.IntN(100))*time.Microsecond)))
		}
		n, err := b.ReadContext(ctx, buf)
		cancel()
		if n == 0 && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after %d bytes: %v", got, err)
		}
		for i, c := range buf[:n] {
			if c != byte(got+i) {
				t.Fatalf("byte %d is %d", got+i, c)
			}
		}
		got += n
		must(t, b.SetReadDeadline(time.Time{}))
	}
}

// A Write of more than there is room for goes on when there is room, and its deadline, its
// context and Close end it.
func TestLaterWritesThatWait(t *testing.T) {
	aio := open(t, Config{})
	a, b := watchedPair(t, aio)
	readLater(t, aio, b, a, "first")
	p := make([]byte, 16<<20)
	written := later(func() (int, error) { return a.Write(p) })
	n, err := io.ReadFull(b, make([]byte, len(p)))
	wantCount(t, "ReadFull", n, err, len(p))
	o := receive(t, written, "end of the Write")
	wantCount(t, "Write", o.n, o.err, len(p))

	must(t, a.SetWriteDeadline(soon()))
	n, err = a.Write(p)
	wantDeadline(t, err)
	if n <= 0 || n >= len(p) {
		t.Errorf("wrote %d bytes until the deadline", n)
	}
	must(t, a.SetWriteDeadline(time.Time{}))
	ctx, cancel := context.WithCancel(background)
	written = later(func() (int, error) { return a.WriteContext(ctx, p) })
	waitUnderWay(t, aio, 1)
	cancel()
	wantIs(t, receive(t, written, "end of the Write").err, context.Canceled)
	written = later(func() (int, error) { return a.Write(p) })
	waitUnderWay(t, aio, 1)
	must(t, a.Close())
	wantIs(t, receive(t, written, "end of the Write").err, net.ErrClosed)
}

// A loop that ends when it is idle does not while a Read waits, and does afterwards.
func TestLaterReadKeepsTheLoop(t *testing.T) {
	aio := openIdle(t, Config{Loops: 1, IdleTimeout: 5 * time.Millisecond})
	a, b := watchedPair(t, aio)
	read := later(func() (int, error) { return b.Read(make([]byte, 100)) })
	waitUnderWay(t, aio, 1)
	p := proactorOf(t, aio, 0)
	time.Sleep(30 * time.Millisecond)
	waitUnderWay(t, aio, 1)
	_, err := a.Write([]byte("late"))
	must(t, err)
	o := receive(t, read, "a Read")
	wantCount(t, "Read", o.n, o.err, 4)
	receive(t, p.Done(), "end of the loop")
	readLater(t, aio, a, b, "on another")
}
