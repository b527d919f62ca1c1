package hangtest

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

// rootCalls are the calls on a Root, and on the trees that bear a context.
func rootCalls(r *await.Root, aio *await.IO, s *server) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Open":      func(ctx context.Context) error { return closing(r.OpenContext(ctx, "file")) },
		"Create":    func(ctx context.Context) error { return closing(r.CreateContext(ctx, "new")) },
		"OpenRoot":  func(ctx context.Context) error { _, err := r.OpenRootContext(ctx, "dir"); return err },
		"ReadFile":  func(ctx context.Context) error { _, err := r.ReadFileContext(ctx, "file"); return err },
		"WriteFile": func(ctx context.Context) error { return r.WriteFileContext(ctx, "file", []byte("x"), 0o600) },
		"Stat":      func(ctx context.Context) error { _, err := r.StatContext(ctx, "file"); return err },
		"Lstat":     func(ctx context.Context) error { _, err := r.LstatContext(ctx, "file"); return err },
		"Readlink":  func(ctx context.Context) error { _, err := r.ReadlinkContext(ctx, "link"); return err },
		"Mkdir":     func(ctx context.Context) error { return r.MkdirContext(ctx, "made", 0o700) },
		"MkdirAll":  func(ctx context.Context) error { return r.MkdirAllContext(ctx, "made/more", 0o700) },
		"Remove":    func(ctx context.Context) error { return r.RemoveContext(ctx, "dir") },
		"RemoveAll": func(ctx context.Context) error { return r.RemoveAllContext(ctx, "dir") },
		"Rename":    func(ctx context.Context) error { return r.RenameContext(ctx, "file", "renamed") },
		"Link":      func(ctx context.Context) error { return r.LinkContext(ctx, "file", "linked") },
		"Symlink":   func(ctx context.Context) error { return r.SymlinkContext(ctx, "x", "symlink") },
		"Chmod":     func(ctx context.Context) error { return r.ChmodContext(ctx, "file", 0o600) },
		"Chown":     func(ctx context.Context) error { return r.ChownContext(ctx, "file", 0, 0) },
		"Lchown":    func(ctx context.Context) error { return r.LchownContext(ctx, "file", 0, 0) },
		"Chtimes":   func(ctx context.Context) error { return r.ChtimesContext(ctx, "file", time.Now(), time.Now()) },
		"FS.Stat":   func(ctx context.Context) error { _, err := fs.Stat(r.FSContext(ctx), "file"); return err },
		"FS.Open":   func(ctx context.Context) error { _, err := r.FSContext(ctx).Open("file"); return err },
		"FS.ReadDir": func(ctx context.Context) error {
			_, err := fs.ReadDir(r.FSContext(ctx), ".")
			return err
		},
		"DirFS.Stat": func(ctx context.Context) error { _, err := fs.Stat(aio.DirFSContext(ctx, s.at), "file"); return err },
		"DirFS.Open": func(ctx context.Context) error { _, err := aio.DirFSContext(ctx, s.at).Open("file"); return err },
		"DirFS.ReadFile": func(ctx context.Context) error {
			_, err := fs.ReadFile(aio.DirFSContext(ctx, s.at), "file")
			return err
		},
	}
}

// A context ends every call on a Root of a frozen mount, and all its calls are on the places of that
// mount, as their names are in it.
func TestContextEndsEveryCallOnARoot(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{StuckAfter: time.Hour, MountWorkers: 64, StuckMax: 64})
	r, err := aio.OpenRoot(s.at)
	must(t, err)
	defer r.Close()
	s.freeze()
	for name, call := range rootCalls(r, aio, s) {
		begun := stateOf(aio, s).Begun
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- call(ctx) }()
		eventually(t, name+" is under way", func() bool { return stateOf(aio, s).Begun > begun })
		stopped := time.Now()
		stop()
		err := <-ended
		wantEnd(t, name, time.Since(stopped), err, context.Canceled, false)
		if !errors.Is(err, await.ErrLeft) {
			t.Errorf("%s: %v, want one that was left", name, err)
		}
	}
	if m := stateOf(aio, s); m.Left == 0 || m.Left != m.Begun-m.Ended {
		t.Errorf("%+v", m)
	}
	s.thaw()
	eventually(t, "the calls that were left end", func() bool { return idle(aio, s) })
}

// A call with two names is refused if the mount of either does not answer.
func TestCallsWithTwoNamesKnowBothMounts(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{StuckMax: 2, StuckAfter: brief})
	s.freeze()
	refused := func(call func(ctx context.Context) error) func() bool {
		return func() bool { _, err := briefly(brief, call); return errors.Is(err, await.ErrStuck) }
	}
	eventually(t, "calls are refused", refused(pathCalls(aio, s)["Stat"]))
	elsewhere := filepath.Join(t.TempDir(), "x")
	for what, call := range map[string]func(ctx context.Context) error{
		"rename from it": func(ctx context.Context) error { return aio.RenameContext(ctx, s.path("file"), elsewhere) },
		"rename to it":   func(ctx context.Context) error { return aio.RenameContext(ctx, elsewhere, s.path("file")) },
		"link from it":   func(ctx context.Context) error { return aio.LinkContext(ctx, s.path("file"), elsewhere) },
		"link to it":     func(ctx context.Context) error { return aio.LinkContext(ctx, elsewhere, s.path("file")) },
		"symlink in it":  func(ctx context.Context) error { return aio.SymlinkContext(ctx, elsewhere, s.path("symlink")) },
	} {
		eventually(t, what+" is refused", refused(call)) // but for the call that is let through now and then
	}
	must(t, aio.Symlink(s.path("file"), elsewhere)) // which asks nothing of what it leads to
	s.thaw()
	eventually(t, "the calls that were left end", func() bool { return idle(aio, s) })
}
