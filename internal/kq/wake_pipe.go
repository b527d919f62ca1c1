//go:build netbsd || openbsd || (linux && kqueue && kqpipe)

package kq

import (
	"errors"

	"golang.org/x/sys/unix"
)

// A waker is a pipe that is readable while a wake-up has not been taken. NetBSD
// has EVFILT_USER since 10 and OpenBSD since 7.8 only.
type waker struct {
	r, w int
}

func (p *Poller) openWaker() error {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_NONBLOCK|unix.O_CLOEXEC); err != nil {
		return err
	}
	p.waker = waker{r: ends[0], w: ends[1]}
	var add [1]Kevent
	setKevent(&add[0], p.waker.r, EVFILT_READ, EV_ADD)
	for {
		p.calls.Add(1)
		_, err := sysKevent(p.kq, add[:], nil, nil)
		if err == nil {
			return nil
		}
		if err != unix.EINTR {
			return errors.Join(err, p.closeWaker())
		}
	}
}

// trigger makes the pipe readable. The caller holds the gate. It fails only where
// somebody else has closed one of its ends.
func (p *Poller) trigger() {
	for {
		p.calls.Add(1)
		_, err := unix.Write(p.waker.w, []byte{0})
		if err == nil || err == unix.EAGAIN { // a full pipe is readable
			return
		}
		if err != unix.EINTR {
			p.lost.Store(true)
			return
		}
	}
}

// isWake reports whether k is the waker's event and empties the pipe.
func (p *Poller) isWake(k *Kevent) bool {
	if int(k.Ident) != p.waker.r || int(k.Filter) != EVFILT_READ {
		return false
	}
	p.gate.RLock()
	defer p.gate.RUnlock()
	if !p.closing.Load() {
		// One read is enough: were the pipe fuller than that, the note would
		// fire once more for no reason.
		var buf [64]byte
		p.calls.Add(1)
		_, _ = unix.Read(p.waker.r, buf[:])
	}
	return true
}

func (p *Poller) closeWaker() error {
	return errors.Join(unix.Close(p.waker.r), unix.Close(p.waker.w))
}
