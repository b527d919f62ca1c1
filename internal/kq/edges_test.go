//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// watchedPair is a connection that p watches, with nothing to read, and its peer.
func watchedPair(t *testing.T, p *Poller) (fd, peer int) {
	t.Helper()
	fd, peer = testutil.TCPPair(t)
	mustWatch(t, p, fd)
	return fd, peer
}

func mustWatch(t *testing.T, p *Poller, fd int) {
	t.Helper()
	if err := p.Watch(fd); err != nil {
		t.Fatal(err)
	}
	if !p.Ended(fd) {
		t.Error("a short receive is taken to have left nothing")
	}
}

// What is new is told each time, and what a reader leaves is not told again. That costs no
// change of the kernel's notes.
func TestWatchTellsOfWhatIsNew(t *testing.T) {
	p := openPoller(t)
	fd, peer := watchedPair(t, p)
	for range 3 {
		mustWrite(t, peer, "x")
		wantTold(t, waitEvents(t, p), event{fd, true, false})
		quiet(t, p)
		if p.pending() != 0 {
			t.Error("the kernel is to be asked again")
		}
	}
	testutil.Close(t, peer)
	wantTold(t, waitEvents(t, p), event{fd, true, true})
}

// Room to write is told when it is asked for, beside what is read.
func TestRoomOfAWatchedConn(t *testing.T) {
	p := openPoller(t)
	fd, peer := watchedPair(t, p)
	fill(t, fd)
	quiet(t, p)
	if err := p.AwaitRoom(fd); err != nil {
		t.Fatal(err)
	}
	quiet(t, p)
	mustWrite(t, peer, "x")
	wantTold(t, waitEvents(t, p), event{fd, true, false})
	for writable := false; !writable; {
		empty(t, peer) // what is on its way comes later
		for _, e := range events(t, p) {
			writable = writable || e.write
		}
	}
	mustWrite(t, peer, "y")
	wantTold(t, waitEvents(t, p), event{fd, true, false})
	if w := p.watches[fd]; w.note != reading || w.want != reading {
		t.Errorf("after room was told: note %b, want %b", w.note, w.want)
	}
}

// A watch that is over tells nothing. The kernel's note is deleted when it fires, and not before: a
// close, which is what comes mostly, takes it along.
func TestDisarmOfAWatchedConn(t *testing.T) {
	p := openPoller(t)
	fd, peer := watchedPair(t, p)
	p.Disarm(fd)
	if p.pending() != 0 || p.Ended(fd) {
		t.Errorf("disarmed: %d changes to make, watched: %v", p.pending(), p.Ended(fd))
	}
	for range 2 {
		mustWrite(t, peer, "x")
		quiet(t, p)
		if w := p.watches[fd]; w.note != 0 || w.edges {
			t.Errorf("there is a note still: %b, edges: %v", w.note, w.edges)
		}
	}
	mustWatch(t, p, fd)
	wantTold(t, waitEvents(t, p), event{fd, true, false})
	mustArm(t, p, fd, true, false) // in its place
	for range 2 {
		wantTold(t, waitEvents(t, p), event{fd, true, false})
		quiet(t, p)
		mustArm(t, p, fd, true, false)
	}
}

// The number of a watched connection comes back as another's, and is watched or armed anew.
func TestNumberOfAWatchedConnComesBack(t *testing.T) {
	for name, again := range map[string]func(t *testing.T, p *Poller, fd int){
		"watched": mustWatch,
		"armed":   func(t *testing.T, p *Poller, fd int) { mustArm(t, p, fd, true, false) },
	} {
		t.Run(name, func(t *testing.T) {
			p := openPoller(t)
			fd, _ := watchedPair(t, p)
			testutil.Disown(t, fd)
			other, peer := testutil.TCPPair(t)
			if err := unix.Dup2(other, fd); err != nil {
				t.Fatal(err)
			}
			testutil.Own(t, fd)
			again(t, p, fd)
			quiet(t, p)
			mustWrite(t, peer, "x")
			wantTold(t, waitEvents(t, p), event{fd, true, false})
		})
	}
}

// A number that was armed is watched with other flags.
func TestWatchAfterArm(t *testing.T) {
	p := openPoller(t)
	fd, peer := testutil.TCPPair(t)
	mustArm(t, p, fd, true, false)
	quiet(t, p)
	mustWatch(t, p, fd)
	for range 2 {
		mustWrite(t, peer, "x")
		wantTold(t, waitEvents(t, p), event{fd, true, false})
	}
}

func TestWatchMayFail(t *testing.T) {
	p := openPoller(t)
	wantErrno(t, "watch a closed descriptor", p.Watch(1_000_000), unix.EBADF)
	wantErrno(t, "watch no descriptor", p.Watch(-1), unix.EBADF)
	quiet(t, p)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Watch(1_000_000); err != errClosed {
		t.Errorf("watch with a closed poller: %v", err)
	}
}
