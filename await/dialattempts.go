package await

import (
	"context"
	"net"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// attempts are those of one dial.
type attempts struct {
	d       *Dialer
	io      *IO
	network string
	trace   connectTrace
}

const (
	fallbackDelayDefault = 300 * time.Millisecond

	// attemptMin is how long an address is tried at least, if there is that much
	// time: a share of it may be too little for any.
	attemptMin = 2 * time.Second
)

// A dialed is how one of two racers came out.
type dialed struct {
	conn    net.Conn
	err     error
	primary bool
}

// race tries the primaries, and after a delay, or when they have failed, the
// fallbacks besides. The first connection ends the others, which it waits for.
func (a *attempts) race(ctx context.Context, primaries, fallbacks []net.Addr) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan dialed, 2)
	running := 0
	start := func(addrs []net.Addr, primary bool) {
		running++
		go func() {
			conn, err := a.inTurn(ctx, addrs)
			results <- dialed{conn, err, primary}
		}()
	}
	start(primaries, true)
	timer := time.NewTimer(a.fallbackDelay())
	defer timer.Stop()
	delay := timer.C
	var failure error // the primaries' is the one to tell
	for running > 0 || delay != nil {
		select {
		case <-delay:
			delay = nil
			start(fallbacks, false)
		case r := <-results:
			running--
			if r.err == nil {
				cancel()
				discardDialed(results, running)
				return r.conn, nil
			}
			if r.primary {
				failure = r.err
			}
			if delay != nil {
				delay = nil
				start(fallbacks, false)
			}
		}
	}
	return nil, failure
}

// discardDialed waits for the racers that lost.
func discardDialed(results <-chan dialed, running int) {
	for range running {
		if r := <-results; r.conn != nil {
			_ = r.conn.Close()
		}
	}
}

func (a *attempts) fallbackDelay() time.Duration {
	if a.d.FallbackDelay > 0 {
		return a.d.FallbackDelay
	}
	return fallbackDelayDefault
}

// inTurn tries addrs one after the other. The first one's error is the one to
// tell.
func (a *attempts) inTurn(ctx context.Context, addrs []net.Addr) (net.Conn, error) {
	var failure error
	for i, remote := range addrs {
		if ctx.Err() != nil {
			return nil, a.failed(remote, endOfDial(ctx))
		}
		conn, err := a.oneOf(ctx, remote, len(addrs)-i)
		if err == nil {
			return conn, nil
		}
		if failure == nil {
			failure = err
		}
	}
	return nil, failure
}

// oneOf tries one address in its share of the time, when left are left.
func (a *attempts) oneOf(ctx context.Context, remote net.Addr, left int) (net.Conn, error) {
	ctx, cancel := a.timeShare(ctx, left)
	defer cancel()
	a.trace.starts(a.network, remote)
	conn, err := a.connect(ctx, remote)
	if err != nil {
		err = a.failed(remote, err)
	}
	a.trace.ended(a.network, remote, err)
	return conn, err
}

// share is ctx with as much of its time as one of left addresses may take.
func (a *attempts) timeShare(ctx context.Context, left int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok || left == 1 {
		return ctx, func() {}
	}
	now := time.Now()
	all := end.Sub(now)
	timeShare := max(all/time.Duration(left), min(all, attemptMin))
	return context.WithDeadline(ctx, now.Add(timeShare))
}

func (a *attempts) failed(remote net.Addr, err error) error {
	return &net.OpError{Op: "dial", Net: a.network, Source: a.d.LocalAddr, Addr: remote, Err: err}
}

// A dialEnd is the end of a dial whose context ended, in the words of package
// net where the context has none of its own.
type dialEnd struct {
	fdcall.CanceledError
}

func endOfDial(ctx context.Context) error {
	return &dialEnd{*fdcall.NewCanceled(ctx)}
}

func (e *dialEnd) Error() string {
	switch e.Cause {
	case context.DeadlineExceeded:
		return os.ErrDeadlineExceeded.Error()
	case context.Canceled:
		return "operation was canceled"
	}
	return e.Cause.Error()
}

func (e *dialEnd) Is(target error) bool {
	return target == os.ErrDeadlineExceeded && e.Timeout() || e.CanceledError.Is(target)
}

func (e *dialEnd) Timeout() bool   { return e.Err == context.DeadlineExceeded }
func (e *dialEnd) Temporary() bool { return e.Timeout() }
