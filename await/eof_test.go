//go:build unix

package await

import (
	goio "io"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

func wantEOF(t testing.TB, what string, n int, err error) {
	t.Helper()
	if n != 0 || err != goio.EOF {
		t.Errorf("%s at the end: got %d, %v (%T), want 0 and plain io.EOF", what, n, err, err)
	}
}

func TestEndOfAStreamIsEOF(t *testing.T) {
	pairs := map[string]func(testing.TB) (int, int){
		"unix": socketPair, "tcp": tcpPair, "seqpacket": seqPacketPair,
	}
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				a, b := pair(t)
				mustWrite(t, a, []byte("last"))
				must(t, sysShutdown(t, a, unix.SHUT_WR))
				p := make([]byte, 8)
				n, err := c.Recv(background, b, p, 0)
				wantCount(t, "Recv of the last bytes", n, err, 4)
				for range 2 {
					n, err = c.Recv(background, b, p, 0)
					wantEOF(t, "Recv", n, err)
					n, err = c.RecvWithTimeout(background, b, p, 0, time.Hour)
					wantEOF(t, "RecvWithTimeout", n, err)
					n, err = c.RecvMsg(background, b, message(8), 0)
					wantEOF(t, "RecvMsg", n, err)
					n, err = c.RecvMsgWithTimeout(background, b, message(8), 0, time.Hour)
					wantEOF(t, "RecvMsgWithTimeout", n, err)
				}
				// One that waits for all of it gets what there was.
				n, err = c.Recv(background, b, p, unix.MSG_WAITALL)
				wantEOF(t, "Recv of all", n, err)
			})
		})
	}
}

func seqPacketPair(t testing.TB) (a, b int) {
	t.Helper()
	return ownPair(t, unix.SOCK_SEQPACKET)
}

// ownPair is a connected pair of unix sockets of any type.
func ownPair(t testing.TB, typ int) (a, b int) {
	t.Helper()
	if simulated {
		return simPair(t, typ)
	}
	p, err := unix.Socketpair(unix.AF_UNIX, typ, 0)
	must(t, err)
	own(t, p[0])
	own(t, p[1])
	return p[0], p[1]
}

func TestEmptyDatagramIsNotEOF(t *testing.T) {
	pairs := map[string]func(testing.TB) (int, int){
		"udp":  udpPair,
		"unix": func(t testing.TB) (int, int) { return ownPair(t, unix.SOCK_DGRAM) },
	}
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				a, b := pair(t)
				n, err := c.SendMsg(background, a, &proactor.Message{}, 0)
				wantCount(t, "SendMsg of nothing", n, err, 0)
				n, err = c.Recv(background, b, make([]byte, 8), 0)
				wantCount(t, "Recv of an empty datagram", n, err, 0)

				n, err = c.SendMsg(background, a, &proactor.Message{}, 0)
				wantCount(t, "SendMsg of nothing", n, err, 0)
				n, err = c.RecvMsg(background, b, message(8), 0)
				wantCount(t, "RecvMsg of an empty datagram", n, err, 0)
			})
		})
	}
}

// A future's result is what it was when the operation was complete, though the
// descriptor is closed, or another's, by the time somebody looks.
func TestEmptyDatagramStaysOneWhenItsSocketIsClosed(t *testing.T) {
	io := open(t, Config{})
	a, b := ownPair(t, unix.SOCK_DGRAM)
	f := io.Async().Recv(b, make([]byte, 8), 0)
	n, err := io.SendMsg(background, a, &proactor.Message{}, 0)
	wantCount(t, "SendMsg of nothing", n, err, 0)
	receive(t, f.Done(), "datagram")
	closeFD(t, b)
	for range 2 {
		n, err = f.Await(background)
		wantCount(t, "Await", n, err, 0)
	}
}

func TestEndOfAFileIsEOF(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		fd, _ := tempFile(t, 10)
		p := make([]byte, 8)
		n, err := c.Read(background, fd, p, 6)
		wantCount(t, "Read of the last bytes", n, err, 4)
		n, err = c.Read(background, fd, p, 10)
		wantEOF(t, "Read", n, err)
		n, err = c.Read(background, fd, p, 1<<40)
		wantEOF(t, "Read beyond it", n, err)
	})
}

func TestEndOfAPipeIsEOF(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		r, w := pipe(t)
		mustWrite(t, w, []byte("last"))
		closeFD(t, w)
		p := make([]byte, 8)
		n, err := c.Read(background, r, p, proactor.CurrentPosition)
		wantCount(t, "Read of the last bytes", n, err, 4)
		n, err = c.Read(background, r, p, proactor.CurrentPosition)
		wantEOF(t, "Read", n, err)
	})
}
