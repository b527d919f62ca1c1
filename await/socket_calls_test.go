//go:build unix

package await

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

var background = context.Background()

func TestConnectionFromSocketToClose(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		listener, addr := listener(t)
		accepted := later(func() (int, error) { return io.Accept(background, listener, 0) })

		client, err := c.Socket(background, unix.AF_INET, unix.SOCK_STREAM, 0)
		must(t, err)
		must(t, c.Connect(background, client, addr))
		a := receive(t, accepted, "connection")
		must(t, a.err)

		n, err := c.Send(background, client, []byte("ping"), 0)
		wantCount(t, "Send", n, err, 4)
		b := make([]byte, 8)
		n, err = c.Recv(background, a.n, b, 0)
		wantCount(t, "Recv", n, err, 4)
		if got := string(b[:n]); got != "ping" {
			t.Errorf("received %q, want ping", got)
		}
		must(t, c.ShutdownSocket(background, client, unix.SHUT_WR))
		if got := drain(t, a.n); len(got) > 0 {
			t.Errorf("after the shutdown: got %q, want the end", got)
		}
		must(t, c.CloseFD(background, client))
		must(t, c.CloseFD(background, a.n))
		if _, err := fdFlags(t, client); err != unix.EBADF {
			t.Errorf("the descriptor is still open after CloseFD: %v", err)
		}
	})
}

func TestAcceptTakesTheNextConnection(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		listener, addr := listener(t)
		client, err := outside.Dial("tcp", addr.String())
		must(t, err)
		defer client.Close()
		fd, err := c.Accept(background, listener, 0)
		must(t, err)
		own(t, fd)
		flags, err := fdFlags(t, fd)
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor flags %#x, %v: want close-on-exec", flags, err)
		}
		mustWrite(t, fd, []byte("x"))
		if n, err := client.Read(make([]byte, 2)); n != 1 || err != nil {
			t.Errorf("the client read %d, %v, want 1 byte", n, err)
		}
	})
}

func TestCallsWithTimeoutCompleteInTime(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := socketPair(t)
		n, err := c.SendWithTimeout(background, a, []byte("ping"), 0, time.Hour)
		wantCount(t, "SendWithTimeout", n, err, 4)
		p := make([]byte, 8)
		n, err = c.RecvWithTimeout(background, b, p, 0, time.Hour)
		wantCount(t, "RecvWithTimeout", n, err, 4)
		n, err = c.SendMsgWithTimeout(background, b, &proactor.Message{Buffers: [][]byte{[]byte("po"), []byte("ng")}}, 0, time.Hour)
		wantCount(t, "SendMsgWithTimeout", n, err, 4)
		m := message(8)
		n, err = c.RecvMsgWithTimeout(background, a, m, 0, time.Hour)
		wantCount(t, "RecvMsgWithTimeout", n, err, 4)
		if got := string(m.Buffers[0][:n]); got != "pong" {
			t.Errorf("received %q, want pong", got)
		}

		_, addr := listener(t)
		client, err := c.Socket(background, unix.AF_INET, unix.SOCK_STREAM, 0)
		must(t, err)
		own(t, client)
		must(t, c.ConnectWithTimeout(background, client, addr, time.Hour))
	})
}

func TestRecvWithNoTimeAtAllReturnsWhatIsThere(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := socketPair(t)
		for range 100 {
			mustWrite(t, a, []byte("here"))
			n, err := c.RecvWithTimeout(background, b, make([]byte, 8), 0, 0)
			wantCount(t, "RecvWithTimeout", n, err, 4)
		}
	})
}

func TestMessagesTellWhereTheyComeFrom(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := udpPair(t)
		name, err := unix.Getsockname(a)
		must(t, err)
		n, err := c.SendMsg(background, a, &proactor.Message{Buffers: [][]byte{[]byte("one"), []byte("two")}}, 0)
		wantCount(t, "SendMsg", n, err, 6)
		m := &proactor.Message{Buffers: [][]byte{make([]byte, 2), make([]byte, 8)}}
		n, err = c.RecvMsg(background, b, m, 0)
		wantCount(t, "RecvMsg", n, err, 6)
		if got := string(m.Buffers[0]) + string(m.Buffers[1][:4]); got != "onetwo" {
			t.Errorf("received %q, want onetwo", got)
		}
		if got, want := int(m.From().Port()), name.(*unix.SockaddrInet4).Port; got != want {
			t.Errorf("it came from port %d, want %d", got, want)
		}
	})
}

func TestPollTellsWhatIsReady(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := socketPair(t)
		ready := later(func() (int, error) { return c.Poll(background, b, unix.POLLIN) })
		waitInFlight(t, io, 1)
		mustWrite(t, a, []byte("x"))
		o := receive(t, ready, "readiness")
		wantCount(t, "Poll", o.n, o.err, unix.POLLIN)
	})
}

func TestErrorsOfTheKernelNameTheOperation(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		fd, _ := tempFile(t, 1)
		_, err := c.Recv(background, fd, make([]byte, 8), 0)
		wantOpError(t, err, "recv", fd)
		wantIs(t, err, unix.ENOTSOCK)
		wantIsNot(t, err, proactor.ErrCanceled)

		a, b := socketPair(t)
		closeFD(t, b)
		_, err = c.Send(background, a, []byte("x"), 0)
		wantOpError(t, err, "send", a)
		wantIs(t, err, unix.EPIPE)
	})
}

// Concurrent receives on one socket each get datagrams of their own.
func TestConcurrentCallsShareADescriptor(t *testing.T) {
	io := open(t, Config{})
	a, b := ownPair(t, unix.SOCK_DGRAM)
	p := [2]int{a, b}
	const receivers, each = 8, 500
	got := make(chan byte, receivers*each)
	ended := make(chan error, receivers)
	for range receivers {
		go func() {
			b := make([]byte, 2)
			for range each {
				n, err := io.Recv(background, p[1], b, 0)
				if err != nil || n != 1 {
					ended <- err
					return
				}
				got <- b[0]
			}
			ended <- nil
		}()
	}
	for i := range receivers * each {
		n, err := io.Send(background, p[0], []byte{byte(i)}, 0)
		wantCount(t, "Send", n, err, 1)
	}
	for range receivers {
		must(t, receive(t, ended, "receiver's end"))
	}
	var counts [256]int
	for range receivers * each {
		counts[<-got]++
	}
	for i, n := range counts {
		if want := (receivers*each + 255 - i) / 256; n != want {
			t.Errorf("datagram %d arrived %d times, want %d", i, n, want)
		}
	}
}
