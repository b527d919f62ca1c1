//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import "golang.org/x/sys/unix"

// Watch has the kernel tell by itself when there is something to read: an event does not use
// up the note, but clears its state (EV_CLEAR in kqueue(2)). The note is made at once, so that
// the kernel's error is known, and goes with the descriptor when it is closed.
//
// Room to write is told as after Arm. A note with EV_CLEAR would fire with each
// acknowledgement from the peer.
func (p *Poller) Watch(fd int) error {
	w, err := p.watchOf(fd)
	if err != nil {
		return err
	}
	if !w.edges {
		p.dropReads(w)
	}
	var k [1]Kevent
	setKevent(&k[0], fd, EVFILT_READ, EV_ADD|EV_CLEAR)
	if err := p.makeChange(k[:]); err != nil {
		return err
	}
	w.want, w.ready, w.doubtful = reading, 0, false
	w.note, w.edges = w.note|reading, true
	return nil
}

// AwaitRoom asks to be told once when fd, which is watched, has room to write.
func (p *Poller) AwaitRoom(fd int) error { return p.ask(p.watches[fd], both) }

// Ended reports whether fd is watched: then a receive that comes short may have left
// something. It stops at urgent data (SO_OOBMARK), of which not every system tells.
func (p *Poller) Ended(fd int) bool {
	w := p.watches[fd]
	return w != nil && w.watchesEdges()
}

// dropReads takes back the note of reading that the kernel may have of w, before it gets one
// with other flags: those of a live note cannot be changed everywhere. An error says that it
// went with its descriptor.
func (p *Poller) dropReads(w *watch) {
	if w.note&reading != 0 {
		var k [1]Kevent
		setKevent(&k[0], w.fd, EVFILT_READ, EV_DELETE)
		_ = p.makeChange(k[:])
	}
	w.note, w.edges = w.note&^reading, false
}

// watchOf is the watch of fd.
func (p *Poller) watchOf(fd int) (*watch, error) {
	switch {
	case fd < 0:
		return nil, unix.EBADF
	case p.closing.Load():
		return nil, errClosed
	}
	w := p.watches[fd]
	if w == nil {
		w = &watch{fd: fd}
		p.watches[fd] = w
	}
	return w, nil
}
