package await

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// endless is the context of calls that something else ends.
const frozenFor = 30 * time.Millisecond

// frozenPathCalls are all calls by path.
func frozenPathCalls(io *IO) map[string]func(ctx context.Context, name string) error {
	return map[string]func(ctx context.Context, name string) error{
		"Open":     func(ctx context.Context, name string) error { _, err := io.OpenContext(ctx, name); return err },
		"Create":   func(ctx context.Context, name string) error { _, err := io.CreateContext(ctx, name); return err },
		"Stat":     func(ctx context.Context, name string) error { _, err := io.StatContext(ctx, name); return err },
		"Lstat":    func(ctx context.Context, name string) error { _, err := io.LstatContext(ctx, name); return err },
		"Statfs":   func(ctx context.Context, name string) error { _, err := io.StatfsContext(ctx, name); return err },
		"ReadDir":  func(ctx context.Context, name string) error { _, err := io.ReadDirContext(ctx, name); return err },
		"ReadFile": func(ctx context.Context, name string) error { _, err := io.ReadFileContext(ctx, name); return err },
		"Readlink": func(ctx context.Context, name string) error { _, err := io.ReadlinkContext(ctx, name); return err },
		"OpenRoot": func(ctx context.Context, name string) error { _, err := io.OpenRootContext(ctx, name); return err },
		"Mkdir":    func(ctx context.Context, name string) error { return io.MkdirContext(ctx, name, 0o700) },
		"MkdirAll": func(ctx context.Context, name string) error { return io.MkdirAllContext(ctx, name+"/x", 0o700) },
		"Remove":   func(ctx context.Context, name string) error { return io.RemoveContext(ctx, name) },
		"Rename":   func(ctx context.Context, name string) error { return io.RenameContext(ctx, name, name+"2") },
		"Link":     func(ctx context.Context, name string) error { return io.LinkContext(ctx, name, name+"2") },
		"Symlink":  func(ctx context.Context, name string) error { return io.SymlinkContext(ctx, "x", name) },
		"Chmod":    func(ctx context.Context, name string) error { return io.ChmodContext(ctx, name, 0o600) },
		"Chown":    func(ctx context.Context, name string) error { return io.ChownContext(ctx, name, 0, 0) },
		"Truncate": func(ctx context.Context, name string) error { return io.TruncateContext(ctx, name, 1) },
		"Chtimes": func(ctx context.Context, name string) error {
			return io.ChtimesContext(ctx, name, time.Now(), time.Now())
		},
	}
}

// frozenFileCalls are all calls on an open file that may ask its file system.
var frozenFileCalls = map[string]func(ctx context.Context, f *File) error{
	"Read": func(ctx context.Context, f *File) error { _, err := f.ReadContext(ctx, make([]byte, 4)); return err },
	"ReadAt": func(ctx context.Context, f *File) error {
		_, err := f.ReadAtContext(ctx, make([]byte, 4), 0)
		return err
	},
	"ReadVAt": func(ctx context.Context, f *File) error {
		_, err := f.ReadVAt(ctx, [][]byte{make([]byte, 4)}, 0)
		return err
	},
	"Write":   func(ctx context.Context, f *File) error { _, err := f.WriteContext(ctx, []byte("x")); return err },
	"WriteAt": func(ctx context.Context, f *File) error { _, err := f.WriteAtContext(ctx, []byte("x"), 0); return err },
	"Batch": func(ctx context.Context, f *File) error {
		return f.ReadAtBatch(ctx, []FileRange{{Buf: make([]byte, 4)}})
	},
	"Stat":     func(ctx context.Context, f *File) error { _, err := f.StatContext(ctx); return err },
	"Statfs":   func(ctx context.Context, f *File) error { _, err := f.StatfsContext(ctx); return err },
	"Sync":     func(ctx context.Context, f *File) error { return f.SyncContext(ctx) },
	"Truncate": func(ctx context.Context, f *File) error { return f.TruncateContext(ctx, 1) },
	"Allocate": func(ctx context.Context, f *File) error { return f.AllocateContext(ctx, 0, 1) },
	"Chmod":    func(ctx context.Context, f *File) error { return f.ChmodContext(ctx, 0o600) },
	"Chown":    func(ctx context.Context, f *File) error { return f.ChownContext(ctx, 0, 0) },
	"Seek":     func(ctx context.Context, f *File) error { _, err := f.SeekContext(ctx, 0, 2); return err },
}

// mayNotAsk are calls that some kernels answer from their caches, or refuse themselves.
var mayNotAsk = map[string]bool{"Seek": true, "Chmod": true, "Chown": true, "Sync": true}

// briefly is a context that ends soon.
func briefly(t *testing.T) context.Context {
	ctx, stop := context.WithTimeout(context.Background(), frozenFor)
	t.Cleanup(stop)
	return ctx
}

// A context ends any call on a mount that does not answer. Nothing else is held up, and when it
// answers again, so do the calls.
func TestContextEndsCallsOnAFrozenMount(t *testing.T) {
	io := open(t, Config{Loops: 1, StuckAfter: time.Hour})
	s, path := mountSlow(t)
	files := map[string]*File{}
	for name := range frozenFileCalls {
		files[name] = openFile(t, io, path, os.O_RDWR)
	}
	thaw := s.freeze()
	ended := make(map[string]<-chan outcome)
	for name, call := range frozenPathCalls(io) {
		ended[name] = later(func() (int, error) { return 0, call(briefly(t), path) })
	}
	for name, call := range frozenFileCalls {
		ended["File."+name] = later(func() (int, error) { return 0, call(briefly(t), files[name]) })
	}
	for name, end := range ended {
		err := receive(t, end, "the end of "+name).err
		if base := filepath.Ext(name); err == nil && base != "" && mayNotAsk[base[1:]] {
			continue
		}
		if !errors.Is(err, context.DeadlineExceeded) && !os.IsTimeout(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantServed(t, io, "a mount is frozen")
	wantOther(t, io)
	for name, f := range files {
		if err := f.Close(); err != nil && !errors.Is(err, ErrLeft) {
			t.Errorf("Close after %s: %v", name, err)
		}
	}
	var left uint64
	for _, m := range io.Mounts() {
		if m.Mount == filepath.Dir(path) {
			left += m.Left
		}
	}
	if left == 0 {
		t.Errorf("no call was left: %+v", io.Mounts())
	}
	thaw()
	testutil.Eventually(t, patience, func() bool {
		for _, m := range io.Mounts() {
			if m.Running+m.InLine+m.Stuck+m.Lost > 0 {
				return false
			}
		}
		return true
	}, "no call is under way")
	_, err := io.Stat(path)
	must(t, err)
}

// wantOther wants calls on another mount to be made.
func wantOther(t *testing.T, io *IO) {
	t.Helper()
	ctx, stop := context.WithTimeout(background, patience)
	defer stop()
	_, err := io.StatContext(ctx, os.TempDir())
	must(t, err)
}

// A deadline and a close end a call on a frozen mount, too; the position stays with the call that
// was left.
func TestDeadlineAndCloseEndCallsOnAFrozenMount(t *testing.T) {
	io := open(t, Config{Loops: 1})
	s, path := mountSlow(t)
	f := openFile(t, io, path, os.O_RDWR)
	thaw := s.freeze()
	defer thaw()
	running := func(n int) func() bool {
		return func() bool { return len(io.Mounts()) > 0 && io.Mounts()[0].Running == n }
	}
	must(t, f.SetReadDeadline(time.Now().Add(time.Hour)))
	read := later(func() (int, error) { return f.Read(make([]byte, 4)) })
	testutil.Eventually(t, patience, running(1), "a read is under way")
	must(t, f.SetReadDeadline(past))
	wantIs(t, receive(t, read, "the end of a read").err, os.ErrDeadlineExceeded, ErrLeft)
	must(t, f.SetReadDeadline(time.Time{}))
	_, err := f.ReadContext(briefly(t), make([]byte, 4)) // waits for the position
	wantIs(t, err, context.DeadlineExceeded)
	if errors.Is(err, ErrLeft) {
		t.Errorf("a call that had not begun was left: %v", err)
	}
	read = later(func() (int, error) { return f.ReadAt(make([]byte, 4), 0) })
	testutil.Eventually(t, patience, running(2), "another is under way")
	wantIs(t, f.Close(), ErrLeft)
	wantIs(t, receive(t, read, "the end of a read").err, os.ErrClosed, ErrLeft)
}

// A close of the IO returns whatever hangs, and its calls end.
func TestCloseOfTheIOEndsCallsOnAFrozenMount(t *testing.T) {
	io := open(t, Config{Loops: 1})
	s, path := mountSlow(t)
	f := openFile(t, io, path, os.O_RDWR)
	thaw := s.freeze()
	var ended []<-chan outcome
	for range 7 { // with the one below as many as a mount has that has not answered
		ended = append(ended,
			later(func() (int, error) { return f.ReadAt(make([]byte, 4), 0) }),
			later(func() (int, error) { _, err := io.StatContext(t.Context(), path); return 0, err }))
	}
	stuck := later(func() (int, error) { _, err := io.Stat(path); return 0, err }) // nothing can end it
	testutil.Eventually(t, patience, func() bool { return len(io.Operations(0)) >= 15 }, "the calls are under way")
	must(t, io.Close())
	for _, end := range ended {
		wantIs(t, receive(t, end, "the end of a call").err, os.ErrClosed)
	}
	wantIs(t, f.Close(), ErrLeft)
	thaw()
	must(t, receive(t, stuck, "the end of a call that nothing ends").err)
}

// Calls on a mount with too many stuck ones are refused, and told which mount it is. When it
// answers, it has its calls again. StuckMax calls run when the first is refused; those that began last may not
// be old enough to be stuck.
func TestStuckMountRefusesCalls(t *testing.T) {
	io := open(t, Config{Loops: 1, StuckMax: 4, StuckAfter: frozenFor})
	s, path := mountSlow(t)
	link := filepath.Join(tempDir(t), "link")
	must(t, outside.Symlink(filepath.Dir(path), link))
	thaw := s.freeze()
	refused := func(name string) bool {
		_, err := io.StatContext(briefly(t), name)
		var stuck *StuckError
		if !errors.As(err, &stuck) {
			return false
		}
		if stuck.Mount != filepath.Dir(path) || stuck.Type != "fuse" || stuck.Source != "slow" || stuck.Stuck < 1 || !errors.Is(err, ErrStuck) || !os.IsTimeout(err) {
			t.Errorf("%+v: %v", stuck, err)
		}
		return true
	}
	testutil.Eventually(t, patience, func() bool { return refused(path) }, "calls are refused")
	testutil.Eventually(t, patience, func() bool { return refused(filepath.Join(link, "file")) }, "calls by a link are refused")
	if m := io.Mounts(); len(m) != 1 || m[0].Health != MountRefusing && m[0].Health != MountTrying || m[0].Refused == 0 || m[0].Oldest == 0 {
		t.Errorf("%+v", m)
	}
	wantOther(t, io)
	thaw()
	testutil.Eventually(t, patience, func() bool { return !refused(path) && io.Mounts()[0].Health == MountWell }, "the mount has its calls again")
}
