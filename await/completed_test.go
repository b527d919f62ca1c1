//go:build unix

package await

import (
	"context"
	goio "io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A wholeCall is one that is over when it has done want, whatever ends it then.
type wholeCall struct {
	want     int
	call     func(ctx context.Context) (int, error)
	deadline func(time.Time) error // nil: it takes none
	close    func() error          // nil: there is nothing to close
	deaf     bool                  // it takes no context
	refill   func(n int)           // makes up for a call that came to n, before the next
}

// leadMax is how long one waits for the other at most, where one wins always.
const leadMax = 200 * time.Microsecond

const greeting = "hello, world"

// waysToStop end a call about when it is complete.
var waysToStop = map[string]struct {
	takes func(w *wholeCall) bool
	stop  func(w *wholeCall, cancel func())
	anew  bool // each call needs a setting of its own
}{
	"deadline": {
		takes: func(w *wholeCall) bool { return w.deadline != nil },
		stop:  func(w *wholeCall, _ func()) { _ = w.deadline(past) },
	},
	"context": {
		takes: func(w *wholeCall) bool { return !w.deaf },
		stop:  func(_ *wholeCall, cancel func()) { cancel() },
	},
	"Close": {
		takes: func(w *wholeCall) bool { return w.close != nil },
		stop:  func(w *wholeCall, _ func()) { _ = w.close() },
		anew:  true,
	},
}

// TestWholeCallsDoNotFail ends calls as they complete, by all that can end them: a call
// that did all it was asked has no error, and every other has one.
func TestWholeCallsDoNotFail(t *testing.T) {
	for name, setUp := range wholeCalls {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			for end, way := range waysToStop {
				t.Run(end, func(t *testing.T) {
					w := setUp(t, io)
					if !way.takes(w) {
						return
					}
					rounds := 100
					if way.anew {
						rounds = 25
					}
					var stop lead
					whole := 0
					for range rounds {
						if way.anew {
							w = setUp(t, io)
						}
						done := raceWithStop(t, w, stop.of, way.stop)
						if stop.won(done); stop.of.Abs() > leadMax {
							stop = lead{}
						}
						if done {
							whole++
						}
					}
					t.Logf("%d of %d were whole", whole, rounds)
				})
			}
		})
	}
}

// raceWithStop makes the call while it is stopped, and reports whether it was whole.
func raceWithStop(t *testing.T, w *wholeCall, lead time.Duration, stop func(w *wholeCall, cancel func())) (whole bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	stopped := later(func() (int, error) {
		spin(lead)
		stop(w, cancel)
		return 0, nil
	})
	spin(-lead)
	n, err := w.call(ctx)
	receive(t, stopped, "end of the stop")
	if whole = n == w.want; whole == (err != nil) {
		t.Errorf("%d of %d done, and the error is %v", n, w.want, err)
	}
	if w.deadline != nil {
		_ = w.deadline(time.Time{}) // of what may be closed
	}
	if w.refill != nil {
		w.refill(n)
	}
	return whole
}

var wholeCalls = map[string]func(t *testing.T, io *IO) *wholeCall{
	"Conn.Write": onStream(func(ctx context.Context, c *Conn) (int, error) {
		return c.WriteContext(ctx, []byte(greeting))
	}),
	"Conn.WriteBuffers": onStream(func(ctx context.Context, c *Conn) (int, error) {
		n, err := c.WriteBuffersContext(ctx, &net.Buffers{[]byte(greeting[:5]), nil, []byte(greeting[5:]), nil})
		return int(n), err
	}),
	"Conn.WriteBuffers of several messages": func(t *testing.T, io *IO) *wholeCall {
		w := onStream(func(ctx context.Context, c *Conn) (int, error) {
			buffers := make(net.Buffers, 2*buffersMax)
			for i := range buffers {
				buffers[i] = []byte{1}
			}
			n, err := c.WriteBuffersContext(ctx, &buffers)
			return int(n), err
		})(t, io)
		w.want = 2 * buffersMax
		return w
	},
	"Conn.WriteMsgUnix": onStream(func(ctx context.Context, c *Conn) (int, error) {
		n, _, err := c.WriteMsgUnixContext(ctx, []byte(greeting), nil, nil)
		return n, err
	}),
	"Conn.ReadFrom": func(t *testing.T, io *IO) *wholeCall {
		w := onStream(func(_ context.Context, c *Conn) (int, error) {
			n, err := c.ReadFrom(strings.NewReader(greeting))
			return int(n), err
		})(t, io)
		w.deaf = true
		return w
	},
	"Broadcast": func(t *testing.T, io *IO) *wholeCall {
		w := onStream(func(ctx context.Context, c *Conn) (int, error) {
			n, failed := Broadcast(ctx, []byte(greeting), []*Conn{c})
			return n, failed[0]
		})(t, io)
		w.want = 1
		return w
	},
	"Conn.Read":                  readOnce,
	"IO.Send":                    rawSend,
	"IO.Recv with MSG_WAITALL":   rawRecv,
	"IO.SendWithTimeout":         sendInTime,
	"IO.RecvWithTimeout":         recvInTime,
	"Listener.Accept":            acceptOnce,
	"Future.Await":               futureSend,
	"All":                        allOfTwo,
	"Race":                       raceOfTwo,
	"PacketConn.WriteTo":         packetToItself("udp4"),
	"PacketConn.WriteTo to unix": packetToItself("unixgram"),
	"PacketConn.WriteBatch":      batchToItself,
	"PacketConn.ReadBatch":       batchFromItself,
	"File.Write to a pipe":       writeToAPipe,
	"File.WriteAt abandonable": func(t *testing.T, io *IO) *wholeCall {
		f := anAbandonableFile(t, io)
		return &wholeCall{
			want: len(greeting), deadline: f.SetDeadline, close: f.Close,
			call: func(ctx context.Context) (int, error) { return f.WriteAtContext(ctx, []byte(greeting), 0) },
		}
	},
	"File.WriteAt": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return f.WriteAtContext(ctx, []byte(greeting), 0)
	}),
	"File.WriteVAt": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return f.WriteVAt(ctx, [][]byte{[]byte(greeting[:5]), []byte(greeting[5:])}, 0)
	}),
	"File.WriteAtBatch": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return countBatch(ctx, f.WriteAtBatch)
	}),
	"File.Write": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return f.WriteContext(ctx, []byte(greeting))
	}),
	"File.ReadAt": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return f.ReadAtContext(ctx, make([]byte, len(greeting)), 100)
	}),
	"File.ReadVAt": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return f.ReadVAt(ctx, [][]byte{make([]byte, 5), make([]byte, len(greeting)-5)}, 100)
	}),
	"File.ReadAtBatch": onRegularFile(func(ctx context.Context, f *File) (int, error) {
		return countBatch(ctx, f.ReadAtBatch)
	}),
}

// onStream is for writes to a connection whose peer reads all.
func onStream(call func(ctx context.Context, c *Conn) (int, error)) func(t *testing.T, io *IO) *wholeCall {
	return func(t *testing.T, io *IO) *wholeCall {
		c, peer := pairOn(t, io, "unix")
		drained := later(func() (int, error) {
			n, err := goio.Copy(goio.Discard, peer)
			return int(n), err
		})
		t.Cleanup(func() { _ = c.Close(); receive(t, drained, "end of the peer") })
		return &wholeCall{
			want: len(greeting), deadline: c.SetWriteDeadline, close: c.Close,
			call: func(ctx context.Context) (int, error) { return call(ctx, c) },
		}
	}
}

// readOnce reads one byte, which comes about then.
func readOnce(t *testing.T, io *IO) *wholeCall {
	c, peer := pairOn(t, io, "unix")
	must(t, writeOne(peer))
	return &wholeCall{
		want: 1, deadline: c.SetReadDeadline, close: c.Close,
		call: func(ctx context.Context) (int, error) { return c.ReadContext(ctx, make([]byte, 1)) },
		refill: func(n int) {
			if n == 1 {
				_ = writeOne(peer) // whose other end may be closed
			}
		},
	}
}

// rawSend sends on a descriptor whose peer reads all.
func rawSend(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	return &wholeCall{
		want:   len(greeting),
		call:   func(ctx context.Context) (int, error) { return io.Send(ctx, ours, []byte(greeting), 0) },
		refill: func(n int) { mustRead(t, theirs, n) },
	}
}

// futureSend is rawSend as a future.
func futureSend(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	return &wholeCall{
		want:   len(greeting),
		call:   func(ctx context.Context) (int, error) { return io.Async().Send(ours, []byte(greeting), 0).Await(ctx) },
		refill: func(n int) { mustRead(t, theirs, n) },
	}
}

// rawRecv waits for all of a message, which comes in two parts.
func rawRecv(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	return &wholeCall{
		want: len(greeting),
		call: func(ctx context.Context) (int, error) {
			mustWrite(t, theirs, []byte(greeting[:5]))
			written := later(func() (int, error) { return sysWrite(t, theirs, []byte(greeting[5:])) })
			n, err := io.Recv(ctx, ours, make([]byte, len(greeting)), syscall.MSG_WAITALL)
			<-written
			return n, err
		},
		refill: func(n int) { mustRead(t, ours, len(greeting)-n) },
	}
}

// sendInTime is rawSend with a time limit of its own besides.
func sendInTime(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	random := seeded(t)
	return &wholeCall{
		want: len(greeting),
		call: func(ctx context.Context) (int, error) {
			limit := time.Duration(random.IntN(100)) * time.Microsecond
			return io.SendWithTimeout(ctx, ours, []byte(greeting), 0, limit)
		},
		refill: func(n int) { mustRead(t, theirs, n) },
	}
}

// recvInTime is rawRecv with a time limit of its own besides.
func recvInTime(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	random := seeded(t)
	return &wholeCall{
		want: len(greeting),
		call: func(ctx context.Context) (int, error) {
			mustWrite(t, theirs, []byte(greeting[:5]))
			written := later(func() (int, error) { return sysWrite(t, theirs, []byte(greeting[5:])) })
			limit := time.Duration(random.IntN(100)) * time.Microsecond
			n, err := io.RecvWithTimeout(ctx, ours, make([]byte, len(greeting)), syscall.MSG_WAITALL, limit)
			<-written
			return n, err
		},
		refill: func(n int) { mustRead(t, ours, len(greeting)-n) },
	}
}

// acceptOnce accepts a connection that is made about then. One that is not accepted is
// there for the next.
func acceptOnce(t *testing.T, io *IO) *wholeCall {
	l := listenOn(t, io, "unix")
	return &wholeCall{
		want: 1, deadline: l.SetDeadline, close: l.Close,
		call: func(ctx context.Context) (int, error) {
			dialed := make(chan net.Conn, 1)
			go func() {
				peer, _ := outside.Dial("unix", l.Addr().String()) // which may be closed
				dialed <- peer
			}()
			c, err := l.AcceptContext(ctx)
			if peer := <-dialed; peer != nil {
				defer peer.Close()
			}
			if err != nil {
				return 0, err
			}
			return 1, c.Close()
		},
		refill: func(n int) {
			if n == 1 || l.d.Closed() {
				return
			}
			c, err := l.Accept()
			must(t, err)
			must(t, c.Close())
		},
	}
}

// allOfTwo counts what is complete of two futures, one of them about then.
func allOfTwo(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	var read *Future[int]
	return &wholeCall{
		want: 2,
		call: func(ctx context.Context) (n int, err error) {
			read = io.Async().Recv(ours, make([]byte, 1), 0)
			written := later(func() (int, error) { return sysWrite(t, theirs, []byte{1}) })
			futures := []Pending{io.Async().Nop(), read}
			err = All(ctx, futures...)
			<-written
			for _, f := range futures {
				if f.base().failed() == nil {
					n++
				}
			}
			return n, err
		},
		refill: func(int) {
			if read.failed() != nil {
				mustRead(t, ours, 1)
			}
		},
	}
}

// raceOfTwo counts what one of two futures receives; the other's peer says nothing.
func raceOfTwo(t *testing.T, io *IO) *wholeCall {
	ours, theirs := socketPair(t)
	silent, _ := socketPair(t)
	var read *Future[int]
	return &wholeCall{
		want: 1,
		call: func(ctx context.Context) (n int, err error) {
			never := io.Async().Recv(silent, make([]byte, 1), 0)
			read = io.Async().Recv(ours, make([]byte, 1), 0)
			written := later(func() (int, error) { return sysWrite(t, theirs, []byte{1}) })
			_, err = Race(ctx, never, read)
			<-written
			if read.failed() == nil {
				n++
			}
			return n, err
		},
		refill: func(n int) { mustRead(t, ours, 1-n) },
	}
}

// packetToItself sends a datagram, which is taken again afterwards.
func packetToItself(network string) func(t *testing.T, io *IO) *wholeCall {
	return func(t *testing.T, io *IO) *wholeCall {
		c := packetsOn(t, io, network)
		return &wholeCall{
			want: len(greeting), deadline: c.SetWriteDeadline, close: c.Close,
			call: func(ctx context.Context) (int, error) {
				return c.WriteToContext(ctx, []byte(greeting), c.LocalAddr())
			},
			refill: func(n int) {
				if n > 0 {
					_, _, _ = c.ReadFrom(make([]byte, len(greeting))) // of one that may be closed
				}
			},
		}
	}
}

func batchToItself(t *testing.T, io *IO) *wholeCall {
	c := packetsOn(t, io, "udp4")
	return &wholeCall{
		want: 3, deadline: c.SetWriteDeadline, close: c.Close,
		call: func(ctx context.Context) (int, error) {
			batch := make([]Datagram, 3)
			for i := range batch {
				batch[i] = Datagram{Buffers: [][]byte{[]byte(greeting)}, Addr: c.LocalAddr()}
			}
			return c.WriteBatchContext(ctx, batch)
		},
	}
}

func batchFromItself(t *testing.T, io *IO) *wholeCall {
	c := packetsOn(t, io, "udp4")
	send := func() { _, _ = c.WriteTo([]byte(greeting), c.LocalAddr()) } // of one that may be closed
	send()
	return &wholeCall{
		want: 1, deadline: c.SetReadDeadline, close: c.Close,
		call: func(ctx context.Context) (int, error) {
			return c.ReadBatchContext(ctx, []Datagram{{Buffers: [][]byte{make([]byte, 100)}}})
		},
		refill: func(n int) {
			if n == 1 {
				send()
			}
		},
	}
}

// writeToAPipe writes to one whose other end takes all.
func writeToAPipe(t *testing.T, io *IO) *wholeCall {
	r, f := pipeTo(t, io)
	drained := later(func() (int, error) {
		n, err := goio.Copy(goio.Discard, r)
		return int(n), err
	})
	t.Cleanup(func() { _ = f.Close(); receive(t, drained, "end of the reader"); _ = r.Close() })
	return &wholeCall{
		want: len(greeting), deadline: f.SetWriteDeadline, close: f.Close,
		call: func(ctx context.Context) (int, error) { return f.WriteContext(ctx, []byte(greeting)) },
	}
}

// onRegularFile is for a regular file, all whose calls are the proactor's.
func onRegularFile(call func(ctx context.Context, f *File) (int, error)) func(t *testing.T, io *IO) *wholeCall {
	return func(t *testing.T, io *IO) *wholeCall {
		f := aRegularFile(t, io)
		f.d.Cached.Never()
		return &wholeCall{
			want: len(greeting), close: f.Close,
			call: func(ctx context.Context) (int, error) { return call(ctx, f) },
		}
	}
}

// countBatch is a batch of a message's length, and how much of it was transferred.
func countBatch(ctx context.Context, transfer func(ctx context.Context, ranges []FileRange) error) (n int, err error) {
	ranges := []FileRange{
		{Buf: []byte(greeting[:4])},
		{Buf: []byte(greeting[4:8]), Offset: 100},
		{Buf: []byte(greeting[8:]), Offset: 200},
	}
	err = transfer(ctx, ranges)
	for _, r := range ranges {
		n += r.N
	}
	return n, err
}
