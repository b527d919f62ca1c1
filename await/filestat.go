package await

import (
	"context"
	"io/fs"
	"os"
	"runtime"
)

// Stat tells of the file. See the function Stat for what it returns.
func (f *File) Stat() (fs.FileInfo, error) { return f.StatContext(context.Background()) }

// StatContext is Stat that ctx can end; on Linux, before it has begun.
func (f *File) StatContext(ctx context.Context) (fs.FileInfo, error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	info := newFileInfo(f.name)
	if f.lender != nil {
		defer runtime.KeepAlive(f)
		if err := f.lender.stat(ctx, &info.stat); err != nil {
			return nil, f.failed("stat", err)
		}
		return info, nil
	}
	if done, err := f.statNow(ctx, &info.stat); done {
		if err != nil {
			return nil, err
		}
		return info, nil
	}
	err := f.use("stat", func(fd int) error {
		return causeOf(f.d.io.Statx(ctx, fd, "", statSelf, statWanted, &info.stat))
	})
	if err != nil {
		return nil, err
	}
	return info, nil
}
