//go:build unix

package await

import (
	"context"
	"errors"
	goio "io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A sending is a call whose peer knows when all was done.
type sending struct {
	want     int
	call     func(ctx context.Context) (int, error)
	arrived  func()                // waits until the peer has all
	deadline func(time.Time) error // nil: it takes none
	close    func() error          // nil: there is nothing to close
	deaf     bool                  // it takes no context
}

// TestPeerHasAllSoTheCallIsWhole ends calls when their peer has got everything: the end
// came too late then, however far the call itself is, and it reports none.
func TestPeerHasAllSoTheCallIsWhole(t *testing.T) {
	for name, setUp := range sendings {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			for end, stop := range lateEnds {
				for range 20 {
					s := setUp(t, io)
					ctx, cancel := context.WithCancel(background)
					sent := later(func() (int, error) { return s.call(ctx) })
					s.arrived()
					stop(s, cancel)
					if o := receive(t, sent, "end of the call"); o.n != s.want || o.err != nil {
						t.Fatalf("%s: %d of %d done, and the error is %v", end, o.n, s.want, o.err)
					}
					cancel()
					if s.close != nil {
						_ = s.close() // perhaps again
					}
				}
			}
		})
	}
}

var lateEnds = map[string]func(s *sending, cancel func()){
	"context": func(s *sending, cancel func()) {
		if !s.deaf {
			cancel()
		}
	},
	"deadline": func(s *sending, _ func()) {
		if s.deadline != nil {
			_ = s.deadline(past)
		}
	},
	"Close": func(s *sending, _ func()) {
		if s.close != nil {
			_ = s.close()
		}
	},
}

var sendings = map[string]func(t *testing.T, io *IO) *sending{
	"Conn.Write": sentOn("tcp4", len(greeting), func(ctx context.Context, _ *IO, c *Conn) (int, error) {
		return c.WriteContext(ctx, []byte(greeting))
	}),
	"Conn.Write in parts": sentOn("unix", 1<<20, func(ctx context.Context, _ *IO, c *Conn) (int, error) {
		return c.WriteContext(ctx, make([]byte, 1<<20))
	}),
	"Conn.WriteBuffers": sentOn("tcp4", len(greeting), func(ctx context.Context, _ *IO, c *Conn) (int, error) {
		n, err := c.WriteBuffersContext(ctx, &net.Buffers{[]byte(greeting[:5]), nil, []byte(greeting[5:]), nil})
		return int(n), err
	}),
	"Conn.WriteMsgUnix": sentOn("unix", len(greeting), func(ctx context.Context, _ *IO, c *Conn) (int, error) {
		n, _, err := c.WriteMsgUnixContext(ctx, []byte(greeting), nil, nil)
		return n, err
	}),
	"Broadcast": func(t *testing.T, io *IO) *sending {
		s := sentOn("tcp4", len(greeting), func(ctx context.Context, _ *IO, c *Conn) (int, error) {
			n, failed := Broadcast(ctx, []byte(greeting), []*Conn{c})
			return n, failed[0]
		})(t, io)
		s.want = 1
		return s
	},
	"Conn.ReadFrom a reader": deaf(sentOn("tcp4", len(greeting), func(_ context.Context, _ *IO, c *Conn) (int, error) {
		n, err := c.ReadFrom(goio.LimitReader(strings.NewReader(greeting+"more"), int64(len(greeting))))
		return int(n), err
	})),
	"Conn.ReadFrom a file": copiedFrom(aFileOfOS),
	"Conn.ReadFrom a File": copiedFrom(aFileOfOurs),
	"IO.Send":              rawSent(func(ctx context.Context, io *IO, fd int) (int, error) { return io.Send(ctx, fd, []byte(greeting), 0) }),
	"IO.SendWithTimeout": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		return io.SendWithTimeout(ctx, fd, []byte(greeting), 0, time.Hour)
	}),
	"IO.Write": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) { return io.Write(ctx, fd, []byte(greeting), -1) }),
	"IO.SendMsg": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		return io.SendMsg(ctx, fd, greetingMessage(), 0)
	}),
	"IO.SendMsgWithTimeout": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		return io.SendMsgWithTimeout(ctx, fd, greetingMessage(), 0, time.Hour)
	}),
	"Future of Send": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		return io.Async().Send(fd, []byte(greeting), 0).Await(ctx)
	}),
	"Future of SendMsg": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		return io.Async().SendMsg(fd, greetingMessage(), 0).Await(ctx)
	}),
	"All": rawSent(func(ctx context.Context, io *IO, fd int) (int, error) {
		before := io.Async().Nop() // is complete: the end would be in time for it
		if _, err := before.Await(background); err != nil {
			return 0, err
		}
		send := io.Async().Send(fd, []byte(greeting), 0)
		if err := All(ctx, before, send); err != nil {
			return 0, err
		}
		return send.Await(background)
	}),
	"PacketConn.WriteTo":         sentTo("udp4"),
	"PacketConn.WriteTo to unix": sentTo("unixgram"),
	"File.Write to a pipe":       sentToAPipe,
	"IO.Connect":                 connectedOnce,
}

func greetingMessage() *proactor.Message {
	return &proactor.Message{Buffers: [][]byte{[]byte(greeting[:5]), []byte(greeting[5:])}}
}

// sentOn is for writes to a connection.
func sentOn(network string, size int, call func(ctx context.Context, io *IO, c *Conn) (int, error)) func(t *testing.T, io *IO) *sending {
	return func(t *testing.T, io *IO) *sending {
		l, err := outside.Listen(network, addressFor(t, network))
		must(t, err)
		defer l.Close()
		dialed, err := io.Dial(network, l.Addr().String())
		must(t, err)
		peer, err := l.Accept()
		must(t, err)
		c := dialed.(*Conn)
		return &sending{
			want: size, deadline: c.SetWriteDeadline,
			call:    func(ctx context.Context) (int, error) { return call(ctx, io, c) },
			arrived: func() { readAll(t, peer, size) },
			close:   func() error { defer peer.Close(); return c.Close() },
		}
	}
}

func readAll(t *testing.T, r goio.Reader, size int) {
	t.Helper()
	_, err := goio.ReadFull(r, make([]byte, size))
	must(t, err)
}

func deaf(setUp func(t *testing.T, io *IO) *sending) func(t *testing.T, io *IO) *sending {
	return func(t *testing.T, io *IO) *sending {
		s := setUp(t, io)
		s.deaf = true
		return s
	}
}

// copiedFrom is for copies of as much of a file as is asked for: no further read says
// that it was the end.
func copiedFrom(source func(t *testing.T, io *IO) goio.ReadCloser) func(t *testing.T, io *IO) *sending {
	return func(t *testing.T, io *IO) *sending {
		r := source(t, io)
		s := sentOn("tcp4", len(greeting), func(_ context.Context, _ *IO, c *Conn) (int, error) {
			defer r.Close()
			n, err := c.ReadFrom(goio.LimitReader(r, int64(len(greeting))))
			return int(n), err
		})(t, io)
		s.deaf = true
		return s
	}
}

func aFileOfOS(t *testing.T, _ *IO) goio.ReadCloser {
	path := filepath.Join(tempDir(t), "f")
	must(t, outside.WriteFile(path, []byte(greeting+"more"), 0o600))
	f, err := os.Open(path)
	must(t, err)
	return f
}

func aFileOfOurs(t *testing.T, io *IO) goio.ReadCloser {
	path := filepath.Join(tempDir(t), "f")
	must(t, outside.WriteFile(path, []byte(greeting+"more"), 0o600))
	f, err := io.Open(path)
	must(t, err)
	return f
}

// rawSent is for calls on a descriptor.
func rawSent(call func(ctx context.Context, io *IO, fd int) (int, error)) func(t *testing.T, io *IO) *sending {
	return func(t *testing.T, io *IO) *sending {
		ours, theirs := socketPair(t)
		return &sending{
			want:    len(greeting),
			call:    func(ctx context.Context) (int, error) { return call(ctx, io, ours) },
			arrived: func() { mustRead(t, theirs, len(greeting)) },
		}
	}
}

func sentTo(network string) func(t *testing.T, io *IO) *sending {
	return func(t *testing.T, io *IO) *sending {
		peer, err := outside.ListenPacket(network, addressFor(t, strings.TrimSuffix(network, "gram")))
		must(t, err)
		c := packetsOn(t, io, network)
		return &sending{
			want: len(greeting), deadline: c.SetWriteDeadline,
			call: func(ctx context.Context) (int, error) {
				return c.WriteToContext(ctx, []byte(greeting), peer.LocalAddr())
			},
			arrived: func() {
				_, _, err := peer.ReadFrom(make([]byte, len(greeting)))
				must(t, err)
			},
			close: func() error { defer peer.Close(); return c.Close() },
		}
	}
}

func sentToAPipe(t *testing.T, io *IO) *sending {
	r, f := pipeTo(t, io)
	return &sending{
		want: len(greeting), deadline: f.SetWriteDeadline,
		call:    func(ctx context.Context) (int, error) { return f.WriteContext(ctx, []byte(greeting)) },
		arrived: func() { readAll(t, r, len(greeting)) },
		close:   func() error { defer r.Close(); return f.Close() },
	}
}

// connectedOnce connects a unix socket, which is done when the listener has it.
func connectedOnce(t *testing.T, io *IO) *sending {
	l, err := outside.Listen("unix", addressFor(t, "unix"))
	must(t, err)
	fd := newTestSocket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	return &sending{
		call: func(ctx context.Context) (int, error) { return 0, io.Connect(ctx, fd, l.Addr()) },
		arrived: func() {
			c, err := l.Accept()
			must(t, err)
			must(t, c.Close())
			must(t, l.Close())
		},
	}
}

// What blocks a thread has no later end either: its context or its file ends while it
// runs, and it tells of its own. A machine that is late by 5 ms makes its caller leave it, and the test try again.
func TestBlockingCallThatRanHasNoLaterEnd(t *testing.T) {
	io := open(t, Config{})
	for name, end := range map[string]func(f *File, cancel func()) <-chan outcome{
		"context": func(_ *File, cancel func()) <-chan outcome {
			cancel()
			return later(func() (int, error) { return 0, nil })
		},
		"Close": func(f *File, _ func()) <-chan outcome {
			closed := later(func() (int, error) { return 0, f.Close() })
			testutil.Eventually(t, patience, f.d.Closed, "the file is closed")
			return closed
		},
	} {
		for kind, call := range map[string]func(f *File, ctx context.Context, call func(int) error) error{
			"block": func(f *File, ctx context.Context, call func(int) error) error { return f.block(ctx, "sync", call) },
			"use":   func(f *File, _ context.Context, call func(int) error) error { return f.use("seek", call) },
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				testutil.Eventually(t, patience, func() bool {
					f := aRegularFile(t, io)
					ctx, cancel := context.WithCancel(background)
					defer cancel()
					ends := make(chan (<-chan outcome), 1)
					err := call(f, ctx, func(int) error { ends <- end(f, cancel); return nil })
					if errors.Is(err, ErrLeft) {
						<-receive(t, ends, "the call")
						return false
					}
					must(t, err)
					must(t, receive(t, receive(t, ends, "the call"), "the end").err)
					return true
				}, "a call tells of its own end")
			})
		}
	}
}
