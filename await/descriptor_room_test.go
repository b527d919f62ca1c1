//go:build unix

package await

import (
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A crowded connection has no room for a call until let is called, after which
// there is a byte to read.
func connWithoutRoom(t *testing.T) (c *Conn, let func()) {
	t.Helper()
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	ours, peer := dialedBy(t, &net.Dialer{})
	t.Cleanup(func() { _ = peer.Close() })
	adopted, err := io.AdoptConn(ours)
	must(t, err)
	t.Cleanup(func() { _ = adopted.Close() })
	other, inFlight, queued := fillQueue(t, io)
	return adopted.(*Conn), func() {
		t.Helper()
		mustWrite(t, other, []byte("xy"))
		must(t, All(background, inFlight, queued))
		must(t, writeOne(peer))
	}
}

// inLine waits until a call on c waits for room.
func inLine(t *testing.T, c *Conn) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		c.d.Mu.Lock()
		defer c.d.Mu.Unlock()
		return len(c.d.RoomWaiters) > 0
	}, "a call waits for room")
}

func roomyCalls(c *Conn) map[string]func() (int, error) {
	return map[string]func() (int, error){
		"read":  func() (int, error) { return 0, readOne(c) },
		"write": func() (int, error) { return 0, writeOne(c) },
		"poll": func() (int, error) {
			raw, _ := c.SyscallConn() // never fails
			return 0, raw.Read(func(uintptr) bool { return false })
		},
	}
}

// What ends a call that is under way ends one that waits for room as well.
func TestWaitForRoomEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, c *Conn) (target error){
		"at its deadline": func(t *testing.T, c *Conn) error {
			must(t, c.SetDeadline(time.Now().Add(20*time.Millisecond)))
			return fdcall.ErrDeadlinePassed
		},
		"at a deadline in the past": func(t *testing.T, c *Conn) error {
			must(t, c.SetDeadline(past))
			return fdcall.ErrDeadlinePassed
		},
		"at a deadline brought forward": func(t *testing.T, c *Conn) error {
			must(t, c.SetDeadline(time.Now().Add(time.Hour)))
			must(t, c.SetDeadline(time.Now().Add(20*time.Millisecond)))
			return fdcall.ErrDeadlinePassed
		},
		"with Close": func(t *testing.T, c *Conn) error {
			must(t, c.Close())
			return net.ErrClosed
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connWithoutRoom(t)
			var ends []<-chan outcome
			for _, call := range roomyCalls(c) {
				ends = append(ends, later(call))
			}
			inLine(t, c)
			target := end(t, c)
			for _, ended := range ends {
				wantIs(t, receive(t, ended, "end of the call").err, target)
			}
		})
	}
}

func TestWaitForRoomEndsAtADeadlineSetBefore(t *testing.T) {
	c, _ := connWithoutRoom(t)
	must(t, c.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	wantPassed(t, readOne(c))
	wantPassed(t, readOne(c))
}

func TestContextEndsAReadThatWaitsForRoom(t *testing.T) {
	c, _ := connWithoutRoom(t)
	ctx, stop, cause := ending()
	read := later(func() (int, error) { return c.ReadContext(ctx, make([]byte, 1)) })
	inLine(t, c)
	stop()
	wantIs(t, receive(t, read, "end of the read").err, cause)
}

// A deadline that was moved away while a call waited for room has no effect.
func TestWaitForRoomOutlastsADeadlineThatMoved(t *testing.T) {
	for name, moved := range map[string]time.Time{"away": {}, "later": time.Now().Add(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			c, let := connWithoutRoom(t)
			soon := time.Now().Add(50 * time.Millisecond)
			must(t, c.SetReadDeadline(soon))
			read := later(func() (int, error) { return 0, readOne(c) })
			inLine(t, c)
			must(t, c.SetReadDeadline(moved))
			time.Sleep(time.Until(soon.Add(20 * time.Millisecond)))
			let()
			must(t, receive(t, read, "end of the read").err)
		})
	}
}

// The accepts of a loop do not wait for room while there is a connection to give.
func TestConnectionsNeedRoomForOneAccept(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	l := listenOn(t, io, "tcp4")
	peer := later(func() (int, error) {
		c, err := net.Dial("tcp4", l.Addr().String())
		if err == nil {
			_ = writeOne(c) // the reader sees if that failed
			err = c.Close()
		}
		return 0, err
	})
	read := later(func() (int, error) {
		for c, err := range l.Connections(background) {
			if err == nil {
				err = readOne(c)
				_ = c.Close() // of what was read
			}
			return 0, err
		}
		return 0, nil
	})
	must(t, receive(t, peer, "dial").err)
	must(t, receive(t, read, "connection").err)
}
