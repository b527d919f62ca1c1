package await

import (
	"context"
	"io/fs"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/proactor"
)

// Stat tells of the file. See the function Stat for what it returns.
func (f *File) Stat() (fs.FileInfo, error) { return f.StatContext(context.Background()) }

// StatContext is Stat that ctx can end; on Linux, before it has begun.
func (f *File) StatContext(ctx context.Context) (fs.FileInfo, error) {
	if f == nil {
		return nil, os.ErrInvalid
	}
	stat := new(proactor.Stat)
	if f.lender != nil {
		defer runtime.KeepAlive(f)
		if err := f.lender.stat(ctx, stat); err != nil {
			return nil, f.failed("stat", err)
		}
		return newFileInfo(f.name, stat), nil
	}
	if done, err := f.statNow(ctx, stat); done {
		if err != nil {
			return nil, err
		}
		return newFileInfo(f.name, stat), nil
	}
	err := f.use("stat", func(fd int) error {
		return causeOf(f.d.io.Statx(ctx, fd, "", statSelf, statWanted, stat))
	})
	if err != nil {
		return nil, err
	}
	return newFileInfo(f.name, stat), nil
}
