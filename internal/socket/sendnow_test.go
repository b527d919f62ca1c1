//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package socket

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A send that must not wait does not, whatever mode its descriptor is in, and raises no signal.
func TestSendNowDoesNotWait(t *testing.T) {
	for name, nonblock := range map[string]bool{"blocking": false, "non-blocking": true} {
		t.Run(name, func(t *testing.T) {
			fd, peer := testutil.TCPPair(t)
			DisableSignal(fd)
			if err := SetNonblock(fd, nonblock); err != nil {
				t.Fatal(err)
			}
			sent, err := 0, error(nil)
			for n := 0; err == nil; sent += n {
				n, err = SendNow(fd, make([]byte, 1<<16))
			}
			if err != ErrWouldBlock || nonblock && sent == 0 {
				t.Errorf("after %d bytes: %v", sent, err)
			}
			if IsNonblock(fd) != nonblock {
				t.Error("the mode has changed")
			}
			if !nonblock {
				return
			}
			testutil.Close(t, peer)
			for err == nil || err == ErrWouldBlock {
				_, err = SendNow(fd, []byte("x"))
			}
			if err != unix.EPIPE && err != unix.ECONNRESET {
				t.Errorf("a send to nobody: %v", err)
			}
		})
	}
}

func TestIsTCP(t *testing.T) {
	tcp, _ := testutil.TCPPair(t)
	stream, _ := testutil.SocketPair(t)
	pipe, _ := testutil.Pipe(t)
	for fd, want := range map[int]bool{tcp: true, stream: false, pipe: false} {
		if got := IsTCP(fd); got != want {
			t.Errorf("descriptor %d: %v, want %v", fd, got, want)
		}
	}
}
