//go:build darwin || dragonfly || freebsd || (linux && kqueue && !kqpipe)

package kq

import "golang.org/x/sys/unix"

// A waker is a note that no descriptor stands behind: it is triggered by name.
type waker struct {
	call [1]Kevent // the change that triggers it, never written to again
}

func (p *Poller) openWaker() error {
	const ident = 0 // idents are per filter: this one is no descriptor
	var add [1]Kevent
	setKevent(&add[0], ident, EVFILT_USER, EV_ADD|EV_CLEAR)
	setKevent(&p.waker.call[0], ident, EVFILT_USER, 0)
	p.waker.call[0].Fflags = NOTE_TRIGGER
	return p.waker.submit(p, add[:])
}

// trigger puts an event into the kqueue, where it stays until it is taken. The
// caller holds the gate. It fails only where somebody else has closed the kqueue's
// descriptor, which the loop's next call meets too.
func (p *Poller) trigger() {
	if err := p.waker.submit(p, p.waker.call[:]); err != nil {
		p.lost.Store(true)
	}
}

func (w *waker) submit(p *Poller, change []Kevent) error {
	for {
		p.calls.Add(1)
		if _, err := sysKevent(p.kq, change, nil, nil); err != unix.EINTR {
			return err
		}
	}
}

// isWake reports whether k is the waker's event. EV_CLEAR has reset the note.
func (p *Poller) isWake(k *Kevent) bool { return int(k.Filter) == EVFILT_USER }

func (p *Poller) closeWaker() error { return nil }
