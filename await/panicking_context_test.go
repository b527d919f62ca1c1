//go:build unix

package await

import (
	"context"
	goio "io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// A panickingContext is one whose methods panic at one of their calls, whichever comes then.
type panickingContext struct {
	context.Context
	left *atomic.Int32
}

func (c panickingContext) count() {
	if c.left.Add(-1) == 0 {
		panic("as the test wants")
	}
}

func (c panickingContext) Done() <-chan struct{}       { c.count(); return c.Context.Done() }
func (c panickingContext) Err() error                  { c.count(); return c.Context.Err() }
func (c panickingContext) Value(key any) any           { c.count(); return c.Context.Value(key) }
func (c panickingContext) Deadline() (time.Time, bool) { c.count(); return c.Context.Deadline() }

// A panicked is a call with such a context, and a call like it without one, which must be possible as before.
type panicked struct {
	call  func(ctx context.Context) error
	after func() error
	ends  []goio.Closer // whose Close must not wait for the first
}

type panickedMaker func(t *testing.T, io *IO) panicked

// panickedCalls are such calls, each on what is new.
var panickedCalls = map[string]panickedMaker{
	"read":                   func(t *testing.T, io *IO) panicked { return panickedRead(t, io, "tcp4", false) },
	"read in line":           func(t *testing.T, io *IO) panicked { return panickedRead(t, io, "tcp4", true) },
	"read of a unix socket":  func(t *testing.T, io *IO) panicked { return panickedRead(t, io, "unix", false) },
	"write":                  func(t *testing.T, io *IO) panicked { return panickedWrite(t, io, "tcp4", false) },
	"write to a unix socket": func(t *testing.T, io *IO) panicked { return panickedWrite(t, io, "unix", false) },
	"write beside a ring":    panickedSmallWrite,
	"read beside a ring":     panickedReadOfMore,
	"write in line":          func(t *testing.T, io *IO) panicked { return panickedWrite(t, io, "unix", true) },
	"broadcast":              panickedBroadcast,
	"accept and dial":        panickedDial,
	"datagram":               panickedDatagram,
	"datagrams":              panickedDatagrams,
	"sleep":                  panickedAlone(func(ctx context.Context, io *IO) error { return io.Sleep(ctx, time.Hour) }),
	"future":                 panickedAlone(func(ctx context.Context, io *IO) error { return done(ctx, io.Async().Sleep(20*time.Millisecond)) }),
	"several futures": panickedAlone(func(ctx context.Context, io *IO) error {
		return All(ctx, io.Async().Sleep(20*time.Millisecond), io.Async().Nop())
	}),
}

// panickedFileCalls are such calls on a file.
var panickedFileCalls = map[string]func(ctx context.Context, io *IO, f *File) error{
	"read":  func(ctx context.Context, _ *IO, f *File) error { return second(f.ReadContext(ctx, make([]byte, 100))) },
	"write": func(ctx context.Context, _ *IO, f *File) error { return second(f.WriteContext(ctx, make([]byte, 100))) },
	"readat": func(ctx context.Context, _ *IO, f *File) error {
		return second(f.ReadAtContext(ctx, make([]byte, 100), 0))
	},
	"writeat": func(ctx context.Context, _ *IO, f *File) error {
		return second(f.WriteAtContext(ctx, make([]byte, 100), 0))
	},
	"ranges": func(ctx context.Context, _ *IO, f *File) error {
		return f.ReadAtBatch(ctx, []FileRange{{Buf: make([]byte, 100)}, {Buf: make([]byte, 100), Offset: 100}})
	},
	"sync":         func(ctx context.Context, _ *IO, f *File) error { return f.SyncContext(ctx) },
	"stat":         func(ctx context.Context, _ *IO, f *File) error { return second(f.StatContext(ctx)) },
	"truncate":     func(ctx context.Context, _ *IO, f *File) error { return f.TruncateContext(ctx, 1<<20) },
	"read by path": func(ctx context.Context, io *IO, f *File) error { return second(io.ReadFileContext(ctx, f.Name())) },
	"write by path": func(ctx context.Context, io *IO, f *File) error {
		return io.WriteFileContext(ctx, f.Name(), make([]byte, 1<<20), 0o600)
	},
	"stat by path": func(ctx context.Context, io *IO, f *File) error { return second(io.StatContext(ctx, f.Name())) },
	"readdir by path": func(ctx context.Context, io *IO, f *File) error {
		return second(io.ReadDirContext(ctx, filepath.Dir(f.Name())))
	},
}

func panickedAlone(call func(ctx context.Context, io *IO) error) panickedMaker {
	return func(_ *testing.T, io *IO) panicked {
		return panicked{call: func(ctx context.Context) error { return call(ctx, io) }, after: func() error { return io.Nop(background) }}
	}
}

func panickedRead(t *testing.T, io *IO, network string, inLine bool) panicked {
	a, b := pairOn(t, io, network)
	bytes := 1
	if inLine {
		bytes = 2
		go func() { _, _ = a.Read(make([]byte, 1)) }()
		waitUnderWay(t, io, 1, a)
	}
	return panicked{
		call: func(ctx context.Context) error { return second(a.ReadContext(ctx, make([]byte, 1))) },
		after: func() error {
			if _, err := b.Write(make([]byte, bytes)); err != nil {
				return err
			}
			return second(a.Read(make([]byte, 1)))
		},
		ends: []goio.Closer{a, b},
	}
}

func panickedWrite(t *testing.T, io *IO, network string, inLine bool) panicked {
	a, b := pairOn(t, io, network)
	if inLine {
		go func() { _, _ = a.Write(make([]byte, 16<<20)) }()
		waitUnderWay(t, io, 1, a)
	}
	return panicked{
		call: func(ctx context.Context) error { return second(a.WriteContext(ctx, make([]byte, 16<<20))) },
		after: func() error {
			go func() { _, _ = goio.Copy(goio.Discard, b) }()
			return second(a.Write(make([]byte, 1)))
		},
		ends: []goio.Closer{a, b},
	}
}

// panickedSmallWrite is one of few bytes, that a caller makes itself while little is under way.
func panickedSmallWrite(t *testing.T, io *IO) panicked {
	p := panickedWrite(t, io, "tcp4", false)
	p.call = func(ctx context.Context) error { return second(p.ends[0].(*Conn).WriteContext(ctx, make([]byte, 1))) }
	return p
}

// panickedReadOfMore is a read after one that has filled its buffer.
func panickedReadOfMore(t *testing.T, io *IO) panicked {
	p := panickedRead(t, io, "tcp4", false)
	must(t, second(p.ends[1].(*Conn).Write(make([]byte, 2))))
	must(t, second(p.ends[0].(*Conn).Read(make([]byte, 1))))
	return p
}

func panickedBroadcast(t *testing.T, io *IO) panicked {
	p := panickedWrite(t, io, "tcp4", false)
	p.call = func(ctx context.Context) error {
		_, failed := Broadcast(ctx, make([]byte, 1), []*Conn{p.ends[0].(*Conn)})
		return failed[0]
	}
	return p
}

func panickedDial(t *testing.T, io *IO) panicked {
	l := listenOn(t, io, "tcp4")
	dial := func(ctx context.Context) error {
		c, err := (&Dialer{IO: io}).DialContext(ctx, "tcp4", l.Addr().String())
		if err == nil {
			err = c.Close()
		}
		return err
	}
	return panicked{
		call:  func(ctx context.Context) error { _, _ = l.AcceptContext(ctx); return dial(ctx) },
		after: func() error { return dial(background) },
		ends:  []goio.Closer{l},
	}
}

func panickedDatagram(t *testing.T, io *IO) panicked {
	c, err := io.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	p := c.(*PacketConn)
	return panicked{
		call: func(ctx context.Context) error { _, _, err := p.ReadFromContext(ctx, make([]byte, 1)); return err },
		after: func() error {
			if _, err := p.WriteTo([]byte("x"), p.LocalAddr()); err != nil {
				return err
			}
			_, _, err := p.ReadFrom(make([]byte, 1))
			return err
		},
		ends: []goio.Closer{p},
	}
}

// panickedDatagrams sends several at once.
func panickedDatagrams(t *testing.T, io *IO) panicked {
	p := panickedDatagram(t, io)
	c := p.ends[0].(*PacketConn)
	p.call = func(ctx context.Context) error {
		batch := make([]Datagram, 3)
		for i := range batch {
			batch[i] = Datagram{Buffers: net.Buffers{make([]byte, 100)}, Addr: c.LocalAddr()}
		}
		return second(c.WriteBatchContext(ctx, batch))
	}
	return p
}

func panickedFile(lending Lending, call func(ctx context.Context, io *IO, f *File) error) panickedMaker {
	return func(t *testing.T, io *IO) panicked {
		f, err := FileConfig{IO: io, Lending: lending}.Open(background, filepath.Join(tempDir(t), "f"), os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		must(t, second(f.WriteAt(make([]byte, 1000), 0)))
		return panicked{
			call: func(ctx context.Context) error { return call(ctx, io, f) },
			after: func() error {
				if err := f.Sync(); err != nil {
					return err
				}
				if _, err := f.Write(make([]byte, 10)); err != nil {
					return err
				}
				return second(f.ReadAt(make([]byte, 10), 0))
			},
			ends: []goio.Closer{f},
		}
	}
}

// check makes a round: a context that panics at call n of a method, and that ends soon. It reports whether it
// has panicked.
func (m panickedMaker) check(t *testing.T, n int32) (panics bool) {
	io := open(t, Config{Workers: 1})
	p := m(t, io)
	ctx, cancel := context.WithTimeout(background, 2*time.Millisecond)
	defer cancel()
	left := new(atomic.Int32)
	left.Store(n)
	receive(t, later(func() (int, error) {
		defer func() { panics = recover() != nil }()
		return 0, p.call(panickingContext{ctx, left})
	}), "end of the call")
	must(t, receive(t, later(func() (int, error) { return 0, p.after() }), "end of a call without a context").err)
	for _, c := range p.ends {
		must(t, receive(t, later(func() (int, error) { return 0, c.Close() }), "close").err)
	}
	return panics || left.Load() <= 0
}

// A context whose methods panic, at whichever call of them, keeps no lock, no place and no record that others
// need, and no Close waits for its call.
func TestContextThatPanics(t *testing.T) {
	makers := map[string]panickedMaker{}
	maps.Copy(makers, panickedCalls)
	for name, call := range panickedFileCalls {
		makers["file: "+name] = panickedFile(LendAuto, call)
		makers["file, lent: "+name] = panickedFile(LendAlways, call)
	}
	for name, m := range makers {
		t.Run(name, func(t *testing.T) {
			n := int32(1)
			for m.check(t, n) {
				n++
			}
			if n == 1 {
				t.Error("the context was not asked")
			}
		})
	}
}
