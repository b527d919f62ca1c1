//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import "golang.org/x/sys/unix"

// A side is what a descriptor can be ready for.
type side uint8

const (
	reading side = 1 << iota
	writing

	both = reading | writing
)

func wish(read, write bool) (s side) {
	if read {
		s |= reading
	}
	if write {
		s |= writing
	}
	return s
}

// filters are the filters that tell of the two sides.
var filters = [...]struct {
	side   side
	filter int
}{{reading, EVFILT_READ}, {writing, EVFILT_WRITE}}

// changesPerWatch is how many changes a watch takes at most.
const changesPerWatch = len(filters)

func sideOf(k *Kevent) side {
	for _, f := range filters {
		if int(k.Filter) == f.filter {
			return f.side
		}
	}
	return 0
}

// A watch is what there is to know about one descriptor number.
type watch struct {
	fd    int
	want  side // asked for and not told
	note  side // what the kernel may have a note of
	ready side // came, not told

	queued   bool // in Poller.changed
	listed   bool // in Poller.ready
	edges    bool // the note of reading is that of Poller.Watch: an event does not use it up
	doubtful bool // the kernel refused the last change
}

// watched is what the kernel is to look at. A writer's descriptor is watched for
// reading too, for the sake of EV_EOF: when the read end of a full pipe closes,
// some kernels fire only the EVFILT_READ of its write end.
func (w *watch) watched() side {
	if w.want&writing != 0 {
		return both
	}
	return w.want
}

// watchesEdges reports whether w is watched, and not disarmed since.
func (w *watch) watchesEdges() bool { return w.edges && w.want&reading != 0 }

// told takes in that these sides have been told. What is watched is wanted again.
func (w *watch) told(got side) {
	watches := w.watchesEdges()
	if w.want &^= got; watches {
		w.want |= reading
	}
}

// appendChanges appends what makes the kernel's notes what they should be. It
// adds a note again even if there is one: the descriptor may be another by now.
// Flags are the same every time, because they cannot be changed everywhere.
func (w *watch) appendChanges(to []Kevent) []Kevent {
	watched := w.watched()
	for _, f := range filters {
		var k Kevent
		switch {
		case f.side == reading && w.watchesEdges():
			continue // Poller.Watch has made it
		case watched&f.side != 0:
			setKevent(&k, w.fd, f.filter, EV_ADD|EV_ONESHOT)
		case w.note&f.side != 0:
			setKevent(&k, w.fd, f.filter, EV_DELETE)
		default:
			continue
		}
		to = append(to, k)
	}
	return to
}

// absorb takes in an event, which has used up its note unless that is one of edges, and
// reports whether it is the error of a change.
func (w *watch) absorb(k *Kevent) (failed bool) {
	s := sideOf(k)
	if s != reading || !w.edges {
		w.note &^= s
	}
	switch flags := int(k.Flags); {
	case flags&EV_ERROR != 0:
		w.refused(s, unix.Errno(k.Data))
		return true
	case flags&EV_EOF == 0:
		w.ready |= s & w.want
	case w.want != 0:
		// The other side's note may stay silent, and hang-up counts both ways.
		w.ready |= both
	}
	return false
}

// refused takes in that a change failed. A filter that nobody asked for was
// deleted, which fails when the descriptor has been closed (EBADF) and perhaps
// reused (ENOENT), or added for the sake of the other.
func (w *watch) refused(s side, errno unix.Errno) {
	if w.want&s == 0 {
		return
	}
	w.ready |= both
	w.doubtful = !broken(w.fd, errno)
}

// broken reports whether errno is what a system says of a pipe whose other end is
// closed already: EPIPE, or on NetBSD EBADF, though the descriptor is a good one. That
// is no refusal but an answer: the caller's try meets it too.
func broken(fd int, errno error) bool {
	if errno == unix.EBADF {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		return err == nil
	}
	return errno == unix.EPIPE
}
