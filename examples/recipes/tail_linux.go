package recipes

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// watch returns a file from which inotify(7) events of path can be read.
func watch(path string, events uint32) (*await.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	if _, err := unix.InotifyAddWatch(fd, path, events); err != nil {
		return nil, errors.Join(&os.PathError{Op: "inotify_add_watch", Path: path, Err: err}, unix.Close(fd))
	}
	return await.NewFile(uintptr(fd), "inotify")
}

// eventsMax is room for one inotify event at least: its fixed part and a name.
const eventsMax = unix.SizeofInotifyEvent + unix.NAME_MAX + 1

// Follow copies a file to w, and then what is appended to it, until ctx ends: tail -f. A file
// that is cut shorter is copied from its beginning again.
func Follow(ctx context.Context, name string, w io.Writer) error {
	events, err := watch(name, unix.IN_MODIFY)
	if err != nil {
		return err
	}
	defer events.Close()
	file, err := await.OpenContext(ctx, name)
	if err != nil {
		return err
	}
	defer file.Close()
	p := make([]byte, 64<<10)
	for off := int64(0); ; {
		n, err := file.ReadAtContext(ctx, p, off)
		if n > 0 {
			if _, err := w.Write(p[:n]); err != nil {
				return err
			}
		}
		off += int64(n)
		if err == nil {
			continue // there may be more
		}
		if err != io.EOF {
			return err
		}
		info, err := file.StatContext(ctx)
		if err != nil {
			return err
		}
		if info.Size() < off {
			off = 0
			continue
		}
		// Events that came since the watch began are still to be read, so none is missed.
		if _, err := events.ReadContext(ctx, p[:eventsMax]); err != nil {
			return err
		}
	}
}

// WaitForFile waits until there is something of that name in the directory dir.
func WaitForFile(ctx context.Context, dir, name string) error {
	events, err := watch(dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE_SELF)
	if err != nil {
		return err
	}
	defer events.Close()
	root, err := await.OpenRootContext(ctx, dir)
	if err != nil {
		return err
	}
	defer root.Close()
	p := make([]byte, eventsMax)
	for {
		if _, err := root.Stat(name); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if _, err := events.ReadContext(ctx, p); err != nil {
			return err
		}
	}
}
