package hangtest

import (
	"context"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
)

// pathCalls are the calls by path, each on a name that is there.
func pathCalls(aio *await.IO, s *server) map[string]func(ctx context.Context) error {
	file, dir := s.path("file"), s.path("dir")
	return map[string]func(ctx context.Context) error{
		"Open":       func(ctx context.Context) error { return closing(aio.OpenContext(ctx, file)) },
		"Create":     func(ctx context.Context) error { return closing(aio.CreateContext(ctx, s.path("new"))) },
		"Stat":       func(ctx context.Context) error { _, err := aio.StatContext(ctx, file); return err },
		"Lstat":      func(ctx context.Context) error { _, err := aio.LstatContext(ctx, file); return err },
		"Statfs":     func(ctx context.Context) error { _, err := aio.StatfsContext(ctx, file); return err },
		"ReadDir":    func(ctx context.Context) error { _, err := aio.ReadDirContext(ctx, s.at); return err },
		"ReadFile":   func(ctx context.Context) error { _, err := aio.ReadFileContext(ctx, file); return err },
		"WriteFile":  func(ctx context.Context) error { return aio.WriteFileContext(ctx, file, []byte("x"), 0o600) },
		"Mkdir":      func(ctx context.Context) error { return aio.MkdirContext(ctx, s.path("made"), 0o700) },
		"Chmod":      func(ctx context.Context) error { return aio.ChmodContext(ctx, file, 0o600) },
		"Truncate":   func(ctx context.Context) error { return aio.TruncateContext(ctx, file, 5) },
		"Rename":     func(ctx context.Context) error { return aio.RenameContext(ctx, file, s.path("renamed")) },
		"Link":       func(ctx context.Context) error { return aio.LinkContext(ctx, file, s.path("linked")) },
		"Symlink":    func(ctx context.Context) error { return aio.SymlinkContext(ctx, "x", s.path("symlink")) },
		"Remove":     func(ctx context.Context) error { return aio.RemoveContext(ctx, dir) },
		"RemoveAll":  func(ctx context.Context) error { return aio.RemoveAllContext(ctx, dir) },
		"OpenInRoot": func(ctx context.Context) error { return closing(aio.OpenInRootContext(ctx, s.at, "file")) },
		"Chtimes":    func(ctx context.Context) error { return aio.ChtimesContext(ctx, file, time.Now(), time.Now()) },
	}
}

func closing(f *await.File, err error) error {
	if err != nil {
		return err
	}
	return f.Close()
}

// A fileCall is a call on an open file.
type fileCall struct {
	call   func(ctx context.Context, f *await.File) error
	timed  func(f *await.File, t time.Time) error // sets the deadline that ends it, or nil
	onDir  bool
	cached bool // a kernel may answer it by itself, as from its cache
}

var fileCalls = map[string]fileCall{
	"Read": {call: func(ctx context.Context, f *await.File) error {
		_, err := f.ReadContext(ctx, make([]byte, 4))
		return err
	}, timed: (*await.File).SetReadDeadline},
	"ReadAt": {call: func(ctx context.Context, f *await.File) error {
		_, err := f.ReadAtContext(ctx, make([]byte, 4), 0)
		return err
	}, timed: (*await.File).SetReadDeadline},
	"Write": {call: func(ctx context.Context, f *await.File) error { _, err := f.WriteContext(ctx, []byte("x")); return err }, timed: (*await.File).SetWriteDeadline},
	"WriteAt": {call: func(ctx context.Context, f *await.File) error {
		_, err := f.WriteAtContext(ctx, []byte("x"), 0)
		return err
	}, timed: (*await.File).SetWriteDeadline},
	"ReadAtBatch": {call: func(ctx context.Context, f *await.File) error { return f.ReadAtBatch(ctx, many()) }, timed: (*await.File).SetReadDeadline},
	"Sync":        {call: func(ctx context.Context, f *await.File) error { return f.SyncContext(ctx) }, timed: (*await.File).SetWriteDeadline},
	"Stat":        {call: func(ctx context.Context, f *await.File) error { _, err := f.StatContext(ctx); return err }, timed: (*await.File).SetReadDeadline},
	"Statfs":      {call: func(ctx context.Context, f *await.File) error { _, err := f.StatfsContext(ctx); return err }},
	"Truncate":    {call: func(ctx context.Context, f *await.File) error { return f.TruncateContext(ctx, 1) }},
	"Allocate":    {call: func(ctx context.Context, f *await.File) error { return f.AllocateContext(ctx, 0, 1) }},
	"Chmod":       {call: func(ctx context.Context, f *await.File) error { return f.ChmodContext(ctx, 0o600) }},
	"Seek":        {call: func(ctx context.Context, f *await.File) error { _, err := f.SeekContext(ctx, 0, 2); return err }, cached: true},
	"ReadDir":     {call: func(ctx context.Context, f *await.File) error { _, err := f.ReadDirContext(ctx, -1); return err }, onDir: true},
	"Close":       {call: func(ctx context.Context, f *await.File) error { return f.CloseContext(ctx) }},
}

// many are more ranges than are under way at once.
func many() []await.FileRange {
	ranges := make([]await.FileRange, 1024)
	for i := range ranges {
		ranges[i] = await.FileRange{Buf: make([]byte, 4), Offset: int64(i % 4)}
	}
	return ranges
}

// openFor opens what the call is on.
func (c fileCall) openFor(aio *await.IO, s *server) (*await.File, error) {
	if c.onDir {
		return aio.Open(s.at)
	}
	return aio.OpenFile(s.path("file"), os.O_RDWR, 0)
}
