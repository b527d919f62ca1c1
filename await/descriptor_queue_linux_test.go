package await

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// callsOfThisSystem wait for others on Linux alone: Stat and buffered writes are made by
// their callers, and the kernel copies from one file to another, which a close of either ends.
func callsOfThisSystem() map[string]blockedCall {
	copying := func(lock func(to, from *File) *fdcall.FairLock, closed func(to, from *File) *File) blockedCall {
		return blockedCall{deaf: true, setUp: func(t *testing.T, io *IO, b *blockedCall) {
			to, from := twoFiles(t, io)
			b.onFile(closed(to, from))
			b.deadline = nil
			b.behind(t, lock(to, from), to.d)
			b.call = func(context.Context) error { _, err := to.ReadFrom(from); return err }
		}}
	}
	behindThreads := func(closed func(to, from *File) *File) blockedCall {
		return blockedCall{
			deaf: true, config: Config{Workers: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				to, from := twoFiles(t, io)
				b.onFile(closed(to, from))
				b.deadline = nil
				b.deadline = nil
				b.behindBlocking(io, to.d)
				b.call = func(context.Context) error { _, err := to.ReadFrom(from); return err }
			},
		}
	}
	writing := func(call func(ctx context.Context, f *File) (int, error)) blockedCall {
		return blockedCall{
			config: Config{Workers: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				f := aRegularFile(t, io)
				f.d.Kind, f.d.Buffered = fdcall.Disk, true
				b.onFile(f)
				b.behindBlocking(io, f.d)
				b.call = func(ctx context.Context) error { _, err := call(ctx, f); return err }
			},
		}
	}
	target := func(to, _ *File) *File { return to }
	source := func(_, from *File) *File { return from }
	targets := func(to, _ *File) *fdcall.FairLock { return &to.lock }
	sources := func(_, from *File) *fdcall.FairLock { return &from.lock }
	return map[string]blockedCall{
		"copy: position of the target, its close":    copying(targets, target),
		"copy: position of the target, the source's": copying(targets, source),
		"copy: position of the source, its close":    copying(sources, source),
		"copy: position of the source, the target's": copying(sources, target),
		"copy: thread, the target's close":           behindThreads(target),
		"copy: thread, the source's close":           behindThreads(source),
		"File.Write by its caller": writing(func(ctx context.Context, f *File) (int, error) {
			return f.WriteContext(ctx, []byte("x"))
		}),
		"File.WriteAt by its caller": writing(func(ctx context.Context, f *File) (int, error) {
			return f.WriteAtContext(ctx, []byte("x"), 0)
		}),
		"File.Stat": {
			config: Config{Workers: 1},
			setUp: func(t *testing.T, io *IO, b *blockedCall) {
				f := aRegularFile(t, io)
				f.d.Kind = fdcall.Unknown // a disk would not be waited for
				b.onFile(f)
				b.behindBlocking(io, f.d)
				b.call = func(ctx context.Context) error {
					ctx, stop := context.WithCancel(ctx) // without an end it waits for nobody
					defer stop()
					_, err := f.StatContext(ctx)
					return err
				}
			},
		},
	}
}

func twoFiles(t *testing.T, io *IO) (to, from *File) {
	t.Helper()
	to = openFile(t, io, filepath.Join(tempDir(t), "to"), os.O_RDWR|os.O_CREATE)
	return to, aRegularFile(t, io)
}
