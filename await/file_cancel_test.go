//go:build unix

package await

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Every call that takes a context refuses one that has ended, and none that is nil
// is a crash.
func TestCallsWithoutAContextToLiveIn(t *testing.T) {
	ended, cause := canceled()
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 1000, os.O_RDWR)
		a := patterned(t, config, 0, os.O_RDWR|os.O_APPEND)
		io, p, name := config.IO, make([]byte, 8), f.Name()
		for _, ctx := range []struct {
			name string
			want error
		}{{"ended", cause}, {"nil", os.ErrInvalid}} {
			c := ended
			if ctx.name == "nil" {
				c = noContext
			}
			calls := map[string]func() error{
				"Open":      func() error { _, err := config.Open(c, name, os.O_RDONLY, 0); return err },
				"Read":      func() error { _, err := f.ReadContext(c, p); return err },
				"ReadAt":    func() error { _, err := f.ReadAtContext(c, p, 0); return err },
				"ReadVAt":   func() error { _, err := f.ReadVAt(c, [][]byte{p}, 0); return err },
				"Write":     func() error { _, err := f.WriteContext(c, p); return err },
				"WriteAt":   func() error { _, err := f.WriteAtContext(c, p, 0); return err },
				"WriteVAt":  func() error { _, err := f.WriteVAt(c, [][]byte{p}, 0); return err },
				"Sync":      func() error { return f.SyncContext(c) },
				"Datasync":  func() error { return f.DatasyncContext(c) },
				"Truncate":  func() error { return f.TruncateContext(c, 0) },
				"Allocate":  func() error { return f.AllocateContext(c, 0, 4096) },
				"Stat":      func() error { _, err := f.StatContext(c); return err },
				"WriteSync": func() error { _, err := f.WriteAtSync(c, p, 0); return err },
				"Append":    func() error { _, err := a.AppendSync(c, p); return err },
				"stat":      func() error { _, err := io.StatContext(c, name); return err },
				"lstat":     func() error { _, err := io.LstatContext(c, name); return err },
				"mkdir":     func() error { return io.MkdirContext(c, name+"d", 0o700) },
				"mkdirall":  func() error { return io.MkdirAllContext(c, name+"d", 0o700) },
				"remove":    func() error { return io.RemoveContext(c, name) },
				"removeall": func() error { return io.RemoveAllContext(c, name) },
				"rename":    func() error { return io.RenameContext(c, name, name+"x") },
				"link":      func() error { return io.LinkContext(c, name, name+"x") },
				"symlink":   func() error { return io.SymlinkContext(c, name, name+"x") },
				"readlink":  func() error { _, err := io.ReadlinkContext(c, name); return err },
				"readdir":   func() error { _, err := io.ReadDirContext(c, filepath.Dir(name)); return err },
				"readfile":  func() error { _, err := io.ReadFileContext(c, name); return err },
				"writefile": func() error { return io.WriteFileContext(c, name, p, 0o600) },
			}
			for what, call := range calls {
				if err := call(); err == nil {
					t.Errorf("%s with a context that is %s: no error", what, ctx.name)
				} else {
					wantIs(t, err, ctx.want)
				}
			}
		}
		info, err := outside.Stat(name)
		must(t, err)
		if info.Size() != 1000 {
			t.Errorf("a call that was refused made the file %d bytes long", info.Size())
		}
	})
}

func TestCallsOnAClosedIO(t *testing.T) {
	for name, config := range map[string]FileConfig{"plain": {}, "abandonable": {Lending: LendAlways}} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			config.IO = io
			f := patterned(t, config, 100, os.O_RDWR)
			must(t, io.Close())
			_, err := f.ReadAt(make([]byte, 8), 0)
			wantIs(t, err, os.ErrClosed)
			wantIs(t, f.Truncate(0), os.ErrClosed)
			wantIs(t, f.Sync(), os.ErrClosed)
			_, err = io.Open(f.Name())
			wantIs(t, err, os.ErrClosed)
			_, err = io.Stat(f.Name())
			wantIs(t, err, os.ErrClosed)
			wantIs(t, io.Mkdir(f.Name()+"d", 0o700), os.ErrClosed)
			must(t, f.Close())
		})
	}
}

// What waits for a call on a path can be ended, and so can what makes it, if its context can
// end. Close waits for none that has nothing of its caller's.
func TestCallsOnPathsAreBounded(t *testing.T) {
	io := open(t, Config{Workers: 1})
	release, running := make(chan struct{}), make(chan struct{})
	first := later(func() (int, error) {
		return 0, io.loops.OnPath(background, "first", "/nonexistent", func() error { close(running); <-release; return nil })
	})
	receive(t, running, "first call")
	ctx, stop, cause := ending()
	second := later(func() (int, error) { return 0, io.MkdirContext(ctx, "/nonexistent/x", 0o700) })
	third := later(func() (int, error) { return 0, io.Mkdir("/nonexistent/x", 0o700) })
	time.Sleep(20 * time.Millisecond)
	stop()
	wantIs(t, receive(t, second, "the end of a call in line").err, cause)
	must(t, io.Close())
	wantIs(t, receive(t, third, "the end of another in line").err, os.ErrClosed)
	close(release)
	must(t, receive(t, first, "the end of the first").err)
}

// A call on a path that does not return is left when its context ends or the IO is closed, and
// what it has made is discarded when it does.
func TestCallsOnPathsAreLeft(t *testing.T) {
	for name, end := range map[string]func(io *IO, stop func()) error{
		"context": func(_ *IO, stop func()) error { stop(); return nil },
		"close":   func(io *IO, _ func()) error { return io.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			ctx, stop, cause := ending()
			defer stop()
			release, running, discarded := make(chan struct{}), make(chan struct{}), make(chan int, 1)
			call := later(func() (int, error) {
				return onTreeFor(io, ctx, "open", "/x", func() (int, error) { close(running); <-release; return 7, nil },
					func(late int) { discarded <- late })
			})
			receive(t, running, "call")
			must(t, end(io, stop))
			o := receive(t, call, "the end of a call that hangs")
			if name == "close" {
				cause = os.ErrClosed
			}
			wantIs(t, o.err, cause, ErrLeft)
			if o.n != 0 || len(discarded) > 0 {
				t.Errorf("%d is the result of what was left", o.n)
			}
			close(release)
			if n := receive(t, discarded, "the late result"); n != 7 {
				t.Errorf("%d is discarded", n)
			}
		})
	}
}

// A call on a file of a disk that blocks its thread is waited for by Close.
func TestCloseWaitsForCallsOnFiles(t *testing.T) {
	io := open(t, Config{Workers: 1})
	release, first := holdThread(io)
	closed := later(func() (int, error) { return 0, io.Close() })
	select {
	case <-closed:
		t.Error("Close did not wait for a call")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	must(t, receive(t, first, "the end of the first").err)
	must(t, receive(t, closed, "Close").err)
}

func TestAllocate(t *testing.T) {
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 0, os.O_RDWR)
	if err := f.Allocate(0, 1<<20); err != nil {
		t.Skipf("this file system does not allocate: %v", err)
	}
	info, err := f.Stat()
	must(t, err)
	if info.Size() != 1<<20 {
		t.Errorf("the file has %d bytes", info.Size())
	}
	again, err := io.Stat(f.Name())
	must(t, err)
	other, err := io.Stat(os.TempDir())
	must(t, err)
	if !SameFile(info, again) || SameFile(info, other) {
		t.Error("SameFile does not tell files apart")
	}
}
