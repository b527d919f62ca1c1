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

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A blockedCall is a call that waits for another, and what may be done about it.
type blockedCall struct {
	config Config
	setUp  func(t *testing.T, io *IO, b *blockedCall)

	call     func(ctx context.Context) error
	waits    func() bool // the call waits
	free     func()      // lets the call go on, once
	close    func() error
	deadline func(time.Time) error // nil: the call takes none
	closed   error                 // how the call says that it was closed
	deaf     bool                  // the call takes no context
}

// TestWaitsForOthersEnd wants each call that waits for another to end when its context
// ends, its deadline passes, wherever that was moved to, and when what it is on is
// closed; and to go on when its deadline was moved away.
func TestWaitsForOthersEnd(t *testing.T) {
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Beside))) // a write beside the ring waits for no room
	for _, calls := range []map[string]blockedCall{
		callsBehindWrites(), callsBehindPositions(), callsBehindThreads(), callsOfThisSystem(),
		callsInLine(), callsInFlight(),
	} {
		for name, b := range calls {
			t.Run(name, func(t *testing.T) {
				io := open(t, b.config)
				for end, test := range waysToEnd {
					t.Run(end, func(t *testing.T) { b.run(t, io, end, test) })
				}
			})
		}
	}
}

// run makes the call, in a setting of its own, and wants it to end.
func (b blockedCall) run(t *testing.T, io *IO, end string, test func(t *testing.T, b *blockedCall)) {
	b.setUp(t, io, &b)
	b.free = onlyOnce(b.free)
	t.Cleanup(b.free)
	if b.takes(end) {
		test(t, &b)
	}
}

// takes reports whether the call is to end in that way at all.
func (b *blockedCall) takes(end string) bool {
	return strings.HasPrefix(end, "deadline") && b.deadline != nil || end == "context" && !b.deaf || end == "Close"
}

// start makes the call, and returns when it waits.
func (b *blockedCall) start(t *testing.T, ctx context.Context) <-chan outcome {
	t.Helper()
	ended := later(func() (int, error) { return 0, b.call(ctx) })
	testutil.Eventually(t, patience, func() bool { return b.waits() || len(ended) > 0 }, "the call waits")
	return ended
}

var waysToEnd = map[string]func(t *testing.T, b *blockedCall){
	"context": func(t *testing.T, b *blockedCall) {
		ctx, stop, cause := ending()
		ended := b.start(t, ctx)
		stop()
		wantIs(t, receive(t, ended, "end of the call").err, cause, proactor.ErrCanceled)
	},
	"Close": func(t *testing.T, b *blockedCall) {
		ended := b.start(t, background)
		closed := later(func() (int, error) { return 0, b.close() })
		wantIs(t, receive(t, ended, "end of the call").err, b.closed)
		b.free()
		must(t, receive(t, closed, "end of Close").err)
	},
	"deadline before": func(t *testing.T, b *blockedCall) {
		must(t, b.deadline(past))
		wantDeadline(t, receive(t, b.start(t, background), "end of the call").err)
	},
	"deadline set before": func(t *testing.T, b *blockedCall) {
		must(t, b.deadline(time.Now().Add(3*time.Millisecond)))
		wantDeadline(t, receive(t, b.start(t, background), "end of the call").err)
	},
	"deadline set during": func(t *testing.T, b *blockedCall) {
		ended := b.start(t, background)
		must(t, b.deadline(time.Now().Add(3*time.Millisecond)))
		wantDeadline(t, receive(t, ended, "end of the call").err)
	},
	"deadline past, set during": func(t *testing.T, b *blockedCall) {
		ended := b.start(t, background)
		must(t, b.deadline(past))
		wantDeadline(t, receive(t, ended, "end of the call").err)
	},
	"deadline moved earlier": func(t *testing.T, b *blockedCall) {
		must(t, b.deadline(time.Now().Add(time.Hour)))
		ended := b.start(t, background)
		must(t, b.deadline(time.Now().Add(3*time.Millisecond)))
		wantDeadline(t, receive(t, ended, "end of the call").err)
	},
	"deadline moved later": func(t *testing.T, b *blockedCall) {
		goesOn(t, b, time.Now().Add(time.Hour))
	},
	"deadline taken away": func(t *testing.T, b *blockedCall) { goesOn(t, b, time.Time{}) },
}

// goesOn moves a deadline away before it passes. The call then outlasts it.
func goesOn(t *testing.T, b *blockedCall, to time.Time) {
	t.Helper()
	soon := time.Now().Add(15 * time.Millisecond)
	must(t, b.deadline(soon))
	ended := b.start(t, background)
	must(t, b.deadline(to))
	if !time.Now().Before(soon) {
		wantDeadlineOrNone(t, b, ended)
		return
	}
	time.Sleep(time.Until(soon.Add(5 * time.Millisecond)))
	select {
	case got := <-ended:
		t.Fatalf("the call ended with %v", got.err)
	default:
	}
	b.free()
	must(t, receive(t, ended, "end of the call").err)
}

// wantDeadlineOrNone is for a deadline that was moved too late, or nearly so.
func wantDeadlineOrNone(t *testing.T, b *blockedCall, ended <-chan outcome) {
	t.Helper()
	b.free()
	if err := receive(t, ended, "end of the call").err; err != nil {
		wantDeadline(t, err)
	}
}

func onlyOnce(f func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			f()
		}
	}
}

// behind is for calls that wait for a lock.
func (b *blockedCall) behind(t *testing.T, lock *fdcall.FairLock, d *fdcall.Descriptor) {
	t.Helper()
	if !lock.TryLock() {
		t.Fatal("somebody has the lock")
	}
	b.waits = func() bool { return d.Waiting() > 0 }
	b.free = lock.Unlock
}

func (b *blockedCall) onConn(c *Conn) {
	b.close, b.deadline, b.closed = c.Close, c.SetDeadline, net.ErrClosed
}

func (b *blockedCall) onFile(f *File) {
	b.close, b.closed = f.Close, os.ErrClosed
	if f.kind != sysfile.Directory {
		b.deadline = f.SetDeadline
	}
}

// callsBehindWrites wait for the write of another goroutine.
func callsBehindWrites() map[string]blockedCall {
	conn := func(deaf bool, call func(ctx context.Context, c *Conn) error) blockedCall {
		return blockedCall{deaf: deaf, setUp: func(t *testing.T, io *IO, b *blockedCall) {
			c, _ := pairOn(t, io, "unix")
			b.onConn(c)
			b.behind(t, &c.writes, c.d)
			b.call = func(ctx context.Context) error { return call(ctx, c) }
		}}
	}
	return map[string]blockedCall{
		"Conn.Write": conn(false, func(ctx context.Context, c *Conn) error {
			_, err := c.WriteContext(ctx, []byte("x"))
			return err
		}),
		"Conn.WriteBuffers": conn(false, func(ctx context.Context, c *Conn) error {
			_, err := c.WriteBuffersContext(ctx, &net.Buffers{[]byte("x"), []byte("y")})
			return err
		}),
		"Conn.WriteMsgUnix": conn(false, func(ctx context.Context, c *Conn) error {
			_, _, err := c.WriteMsgUnixContext(ctx, []byte("x"), nil, nil)
			return err
		}),
		"Conn.ReadFrom": conn(true, func(_ context.Context, c *Conn) error {
			_, err := c.ReadFrom(strings.NewReader("x"))
			var copied *net.OpError
			if errors.As(err, &copied) {
				err = copied.Err // the Write's, as with net
			}
			return err
		}),
		"Broadcast": conn(false, func(ctx context.Context, c *Conn) error {
			_, failed := Broadcast(ctx, []byte("x"), []*Conn{c})
			return failed[0]
		}),
	}
}

// callsBehindPositions wait for another call that uses the position of a file.
func callsBehindPositions() map[string]blockedCall {
	file := func(deaf bool, open func(t *testing.T, io *IO) *File, call func(ctx context.Context, f *File) error) blockedCall {
		return blockedCall{deaf: deaf, setUp: func(t *testing.T, io *IO, b *blockedCall) {
			f := open(t, io)
			b.onFile(f)
			if deaf {
				b.deadline = nil // nor a deadline
			}
			b.behind(t, &f.lock, f.d)
			b.call = func(ctx context.Context) error { return call(ctx, f) }
		}}
	}
	read := func(ctx context.Context, f *File) error {
		_, err := f.ReadContext(ctx, make([]byte, 1))
		return err
	}
	write := func(ctx context.Context, f *File) error {
		_, err := f.WriteContext(ctx, []byte("x"))
		return err
	}
	return map[string]blockedCall{
		"File.Read":             file(false, aRegularFile, read),
		"File.Write":            file(false, aRegularFile, write),
		"File.Read abandonable": file(false, anAbandonableFile, read),
		"File.Write to a pipe":  file(false, aPipe, write),
		"File.Seek": file(true, aRegularFile, func(_ context.Context, f *File) error {
			_, err := f.Seek(0, goio.SeekStart)
			return err
		}),
		"File.ReadDir": file(true, aDirectory, func(_ context.Context, f *File) error {
			_, err := f.ReadDir(0)
			return err
		}),
		"File.ReadFrom": file(true, aPipe, func(_ context.Context, f *File) error {
			_, err := f.ReadFrom(strings.NewReader("x"))
			return err
		}),
	}
}

func aRegularFile(t *testing.T, io *IO) *File {
	t.Helper()
	return patterned(t, FileConfig{IO: io}, 1000, os.O_RDWR)
}

func anAbandonableFile(t *testing.T, io *IO) *File {
	t.Helper()
	return patterned(t, FileConfig{IO: io, Lending: LendAlways}, 1000, os.O_RDWR)
}

func aDirectory(t *testing.T, io *IO) *File {
	t.Helper()
	dir := tempDir(t)
	must(t, outside.WriteFile(filepath.Join(dir, "x"), nil, 0o600))
	return openFile(t, io, dir, os.O_RDONLY)
}

// aPipe is the writing end of a pipe that nobody reads.
func aPipe(t *testing.T, io *IO) *File {
	t.Helper()
	r, f := pipeTo(t, io)
	t.Cleanup(func() { _ = r.Close() })
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// callsBehindThreads wait until one more call may block its thread.
func callsBehindThreads() map[string]blockedCall {
	calls := map[string]blockedCall{}
	add := func(name string, deaf bool, open func(t *testing.T, io *IO) *File, call func(ctx context.Context, f *File) error) {
		calls["File."+name] = blockedCall{
			deaf: deaf, config: Config{Workers: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				f := open(t, io)
				b.onFile(f)
				b.deadline = nil
				b.behindBlocking(io, f.d)
				b.call = func(ctx context.Context) error { return call(ctx, f) }
			},
		}
	}
	for name, call := range threadCalls {
		add(name, false, aRegularFile, call)
	}
	add("AppendSync", false, aLog, func(ctx context.Context, f *File) error { _, err := f.AppendSync(ctx, []byte("x")); return err })
	add("AppendVDatasync", false, aLog, func(ctx context.Context, f *File) error {
		_, err := f.AppendVDatasync(ctx, [][]byte{{0}, {0}})
		return err
	})
	add("Truncate", false, aRegularFile, func(ctx context.Context, f *File) error { return f.TruncateContext(ctx, 10) })
	add("Truncate abandonable", false, anAbandonableFile, func(ctx context.Context, f *File) error { return f.TruncateContext(ctx, 10) })
	add("Allocate", false, aRegularFile, func(ctx context.Context, f *File) error { return f.AllocateContext(ctx, 0, 10) })
	add("Chmod", true, aRegularFile, func(_ context.Context, f *File) error { return f.Chmod(0o600) })
	add("Chown", true, aRegularFile, func(_ context.Context, f *File) error { return f.Chown(-1, -1) })
	add("Chdir", true, aDirectory, func(_ context.Context, f *File) error { return f.Chdir() })
	add("Readdir", true, aDirectory, func(_ context.Context, f *File) error { _, err := f.Readdir(0); return err })
	add("Readdirnames", true, aDirectory, func(_ context.Context, f *File) error { _, err := f.Readdirnames(0); return err })
	return calls
}

// threadCalls block a thread.
var threadCalls = map[string]func(ctx context.Context, f *File) error{
	"Write":           func(ctx context.Context, f *File) error { _, err := f.WriteContext(ctx, []byte("x")); return err },
	"WriteAt":         func(ctx context.Context, f *File) error { _, err := f.WriteAtContext(ctx, []byte("x"), 0); return err },
	"Sync":            func(ctx context.Context, f *File) error { return f.SyncContext(ctx) },
	"Datasync":        func(ctx context.Context, f *File) error { return f.DatasyncContext(ctx) },
	"WriteAtSync":     func(ctx context.Context, f *File) error { _, err := f.WriteAtSync(ctx, []byte("x"), 0); return err },
	"WriteAtDatasync": func(ctx context.Context, f *File) error { _, err := f.WriteAtDatasync(ctx, []byte("x"), 0); return err },
}

func aLog(t *testing.T, io *IO) *File {
	return openFile(t, io, filepath.Join(tempDir(t), "log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND)
}

// behindBlocking is for calls on d that wait until one more may block its thread.
func (b *blockedCall) behindBlocking(io *IO, d *fdcall.Descriptor) {
	release, first := holdThread(io)
	same := &fdcall.Descriptor{Loop: d.Loop, FD: -1, Device: d.Device}
	running := make(chan struct{})
	second := later(func() (int, error) { // of a call that its caller may leave
		_, _, err := same.Apart(fdcall.ApartCall{Ctx: background, Call: func(int) (int, error) { close(running); <-release; return 0, nil }})
		return 0, err
	})
	<-running
	b.waits = func() bool { return d.Waiting() > 0 }
	b.free = func() { close(release); <-first; <-second }
}

// holdThread has a call on a file block a thread until release is closed.
func holdThread(io *IO) (release chan struct{}, ended <-chan outcome) {
	release, running := make(chan struct{}), make(chan struct{})
	ended = later(func() (int, error) {
		d := &fdcall.Descriptor{Loop: io.loops.First(), FD: -1}
		return 0, d.Block(&fdcall.QueuedCall{Ctx: background}, func(int) error { close(running); <-release; return nil })
	})
	<-running
	return release, ended
}

// callsInLine wait for room in the proactor's line.
func callsInLine() map[string]blockedCall {
	calls := map[string]blockedCall{}
	add := func(name string, deaf bool, setUp func(t *testing.T, io *IO, b *blockedCall) *fdcall.Descriptor) {
		calls["room: "+name] = blockedCall{
			deaf: deaf, config: Config{MaxInFlight: 1, MaxQueued: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				d := setUp(t, io, b)
				other, inFlight, queued := fillQueue(t, io)
				b.waits = func() bool { return d.Waiting() > 0 }
				b.free = func() {
					mustWrite(t, other, []byte("xy"))
					must(t, All(background, inFlight, queued))
				}
			},
		}
	}
	conn := func(name string, deaf bool, call func(ctx context.Context, c *Conn) error) {
		add(name, deaf, func(t *testing.T, io *IO, b *blockedCall) *fdcall.Descriptor {
			c := withAByte(t, io)
			b.onConn(c)
			b.call = func(ctx context.Context) error { return call(ctx, c) }
			return c.d
		})
	}
	conn("Conn.Read", false, func(ctx context.Context, c *Conn) error {
		_, err := c.ReadContext(ctx, make([]byte, 1))
		return err
	})
	conn("Conn.Write", false, func(ctx context.Context, c *Conn) error {
		_, err := c.WriteContext(ctx, []byte("x"))
		return err
	})
	conn("RawConn.Write", true, func(_ context.Context, c *Conn) error {
		raw, _ := c.SyscallConn() // never fails
		tries := 0
		return raw.Write(func(uintptr) bool { tries++; return tries > 1 })
	})
	conn("Broadcast", false, func(ctx context.Context, c *Conn) error {
		_, failed := Broadcast(ctx, []byte("x"), []*Conn{c})
		return failed[0]
	})
	packets := func(name, network string, call func(ctx context.Context, c *PacketConn) error) {
		add(name, false, func(t *testing.T, io *IO, b *blockedCall) *fdcall.Descriptor {
			c := packetsOn(t, io, network)
			_, err := c.WriteTo([]byte("x"), c.LocalAddr())
			must(t, err)
			b.close, b.deadline, b.closed = c.Close, c.SetDeadline, net.ErrClosed
			b.call = func(ctx context.Context) error { return call(ctx, c) }
			return c.d
		})
	}
	packets("PacketConn.ReadFrom", "udp4", func(ctx context.Context, c *PacketConn) error {
		_, _, err := c.ReadFromContext(ctx, make([]byte, 1))
		return err
	})
	packets("PacketConn.WriteTo", "udp4", func(ctx context.Context, c *PacketConn) error {
		_, err := c.WriteToContext(ctx, []byte("x"), c.LocalAddr())
		return err
	})
	packets("PacketConn.WriteTo unixgram", "unixgram", func(ctx context.Context, c *PacketConn) error {
		_, err := c.WriteToContext(ctx, []byte("x"), c.LocalAddr())
		return err
	})
	packets("PacketConn.pause", "unixgram", func(ctx context.Context, c *PacketConn) error {
		if err := c.d.Pause(ctx, fdcall.Writing, time.Microsecond); err != nil {
			return c.failed("write", err)
		}
		return nil
	})
	packets("PacketConn.ReadBatch", "udp4", func(ctx context.Context, c *PacketConn) error {
		_, err := c.ReadBatchContext(ctx, []Datagram{{Buffers: [][]byte{make([]byte, 1)}}})
		return err
	})
	packets("PacketConn.WriteBatch", "udp4", func(ctx context.Context, c *PacketConn) error {
		_, err := c.WriteBatchContext(ctx, []Datagram{{Buffers: [][]byte{{1}}, Addr: c.LocalAddr()}})
		return err
	})
	listener := func(name string, call func(ctx context.Context, l *Listener) error) {
		add(name, false, func(t *testing.T, io *IO, b *blockedCall) *fdcall.Descriptor {
			l := listenOn(t, io, "tcp4")
			peer, err := outside.Dial("tcp4", l.Addr().String())
			must(t, err)
			t.Cleanup(func() { _ = peer.Close() })
			b.close, b.deadline, b.closed = l.Close, l.SetDeadline, net.ErrClosed
			b.call = func(ctx context.Context) error { return call(ctx, l) }
			return l.d
		})
	}
	listener("Listener.Accept", func(ctx context.Context, l *Listener) error {
		c, err := l.AcceptContext(ctx)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	listener("Listener.Connections", func(ctx context.Context, l *Listener) error {
		for c, err := range l.Connections(ctx) {
			if err == nil {
				err = c.Close()
			}
			return err
		}
		return nil
	})
	add("File.Write to a pipe", false, func(t *testing.T, io *IO, b *blockedCall) *fdcall.Descriptor {
		f := aPipe(t, io)
		b.onFile(f)
		b.call = func(ctx context.Context) error { _, err := f.WriteContext(ctx, []byte("x")); return err }
		return f.d
	})
	return calls
}

// withAByte is a connection that has a byte to read. Its peer is no part of io.
func withAByte(t *testing.T, io *IO) *Conn {
	t.Helper()
	ours, peer := dialedBy(t, &net.Dialer{})
	t.Cleanup(func() { _ = peer.Close() })
	must(t, writeOne(peer))
	adopted, err := io.AdoptConn(ours)
	must(t, err)
	t.Cleanup(func() { _ = adopted.Close() })
	return adopted.(*Conn)
}

// callsInFlight are with the proactor, which has no room for them in flight.
func callsInFlight() map[string]blockedCall {
	calls := map[string]blockedCall{}
	add := func(name string, setUp func(t *testing.T, io *IO, b *blockedCall)) {
		calls["in flight: "+name] = blockedCall{
			config: Config{MaxInFlight: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				setUp(t, io, b)
				theirs, ours := socketPair(t)
				first := io.Async().Recv(ours, make([]byte, 1), 0)
				waitInFlight(t, io, 1)
				b.waits = func() bool { return io.Stats().Queued == 1 }
				b.free = func() {
					mustWrite(t, theirs, []byte("x"))
					must(t, All(background, first))
				}
			},
		}
	}
	file := func(name string, call func(ctx context.Context, f *File) error) {
		add("File."+name, func(t *testing.T, io *IO, b *blockedCall) {
			f := aRegularFile(t, io)
			f.d.Cached.Never()
			f.d.Buffered, f.d.Lending = false, LendNever // nothing but a loop takes its calls
			b.onFile(f)
			b.deadline = nil // one attempt is made at it, and a disk's succeeds
			b.call = func(ctx context.Context) error { return call(ctx, f) }
		})
	}
	file("Read", func(ctx context.Context, f *File) error { _, err := f.ReadContext(ctx, make([]byte, 1)); return err })
	file("ReadAt", func(ctx context.Context, f *File) error {
		_, err := f.ReadAtContext(ctx, make([]byte, 1), 0)
		return err
	})
	file("ReadVAt", func(ctx context.Context, f *File) error { _, err := f.ReadVAt(ctx, [][]byte{{0}, {0}}, 0); return err })
	file("WriteVAt", func(ctx context.Context, f *File) error { _, err := f.WriteVAt(ctx, [][]byte{{0}, {0}}, 0); return err })
	file("ReadAtBatch", func(ctx context.Context, f *File) error { return f.ReadAtBatch(ctx, []FileRange{{Buf: []byte{0}}}) })
	file("WriteAtBatch", func(ctx context.Context, f *File) error { return f.WriteAtBatch(ctx, []FileRange{{Buf: []byte{0}}}) })
	add("Conn.Read", func(t *testing.T, io *IO, b *blockedCall) {
		c := withAByte(t, io)
		b.onConn(c)
		b.call = func(ctx context.Context) error { _, err := c.ReadContext(ctx, make([]byte, 1)); return err }
	})
	add("Conn.WriteBuffers", func(t *testing.T, io *IO, b *blockedCall) {
		c := withAByte(t, io)
		b.onConn(c)
		b.call = func(ctx context.Context) error {
			_, err := c.WriteBuffersContext(ctx, &net.Buffers{{1}, {2}})
			return err
		}
	})
	return calls
}
