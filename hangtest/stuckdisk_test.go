package hangtest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// A stuckDisk is ext4 on a loop device over a file of a server, which freezes. The server's own
// mount is detached, so that the file system is on a disk like any other.
type stuckDisk struct {
	*server
	at string
}

// diskSize is enough for a journal.
const diskSize = 64 << 20

// diskOf is where the disk over a server's files is mounted.
func diskOf(at string) string { return filepath.Join(filepath.Dir(at), "disk") }

func newStuckDisk(t *testing.T) *stuckDisk {
	t.Helper()
	s := newServer(t)
	image := filepath.Join(s.from, "image")
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, diskSize))
	run(t, "mkfs.ext4", "-q", "-F", image)
	loop := run(t, "losetup", "--find", "--show", s.path("image"))
	d := &stuckDisk{server: s, at: diskOf(s.at)}
	t.Cleanup(func() { d.loopIsFree(loop) })
	err := unix.Unmount(s.at, unix.MNT_DETACH)
	if err == nil {
		err = os.Mkdir(d.at, 0o700)
	}
	if err == nil {
		err = unix.Mount(loop, d.at, "ext4", 0, "")
	}
	run(t, "losetup", "--detach", loop) // once it is not mounted any more
	if err == unix.ENODEV {
		t.Skip("the kernel has no ext4")
	}
	must(t, err)
	t.Cleanup(d.unmount)
	return d
}

// run runs a program that makes disks, and returns what it says. Machines without such have no test.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no disk can be made here: %v", err)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		if name == "losetup" && args[0] == "--find" {
			t.Skipf("no loop device here: %s", out)
		}
		t.Fatalf("%s: %v: %s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

// unmount takes the disk away. What was left on it ends first.
func (d *stuckDisk) unmount() {
	d.thaw()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Unmount(d.at, 0)
		if err == nil {
			return
		}
		if time.Now().After(end) {
			d.t.Errorf("unmount: %v", err)
			_ = unix.Unmount(d.at, unix.MNT_DETACH) // so that the rest can be taken away
			return
		}
	}
}

// loopIsFree wants the device to have no file any more.
func (d *stuckDisk) loopIsFree(loop string) {
	d.t.Helper()
	file := filepath.Join("/sys/block", filepath.Base(loop), "loop/backing_file")
	eventually(d.t, loop+" is free", func() bool {
		in, err := os.ReadFile(file) // there may be another's by now
		return err != nil || !strings.Contains(string(in), "image")
	})
}

// file makes a file of diskFile bytes that the page cache does not have, and opens it.
func (d *stuckDisk) file(aio *await.IO, name string, config await.FileConfig, flag int) *await.File {
	d.t.Helper()
	path := filepath.Join(d.at, strings.ReplaceAll(name, "/", " "))
	f, err := os.Create(path)
	must(d.t, err)
	_, err = f.Write(bytes.Repeat([]byte("x"), diskFile))
	must(d.t, err)
	must(d.t, f.Sync())
	must(d.t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	must(d.t, f.Close())
	config.IO = aio
	opened, err := config.Open(context.Background(), path, os.O_RDWR|flag, 0)
	must(d.t, err)
	return opened
}

// diskFile is more than is lent at once.
const diskFile = 1 << 20

// ended wants nothing to be left of calls on the disk. A closed IO lists for good what its ring had.
func (d *stuckDisk) ended(aio *await.IO, closed bool) {
	d.t.Helper()
	eventually(d.t, "the calls that were left end", func() bool {
		s := aio.Stats()
		return (closed || len(aio.Operations(0)) == 0) && s.LentBytes == 0 && s.Held == 0 && s.Stuck == 0
	})
}

// descriptors is how many this process has.
func descriptors(t testing.TB) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(open)
}

// A diskCall is a call that waits for the disk.
type diskCall struct {
	config await.FileConfig
	flag   int
	size   int  // of its memory
	late   bool // it comes when the device is late
	again  bool // it succeeds again, and does no harm
	call   func(ctx context.Context, f *await.File, p []byte) error
}

func readAt(ctx context.Context, f *await.File, p []byte) error {
	_, err := f.ReadAtContext(ctx, p, 0)
	return err
}

func writeAt(ctx context.Context, f *await.File, p []byte) error {
	_, err := f.WriteAtContext(ctx, p, 0)
	return err
}

func readBatch(ctx context.Context, f *await.File, p []byte) error {
	ranges := make([]await.FileRange, 1024)
	for i := range ranges {
		ranges[i] = await.FileRange{Buf: p[i : i+1], Offset: int64(i * (diskFile / len(ranges)))}
	}
	return f.ReadAtBatch(ctx, ranges)
}

var lendAlways = await.FileConfig{Lending: await.LendAlways}

// diskCalls are those that end.
var diskCalls = map[string]diskCall{
	"read":                  {size: 4096, again: true, call: readAt},
	"direct read":           {size: 4096, again: true, flag: unix.O_DIRECT, call: readAt},
	"direct write":          {size: 4096, again: true, flag: unix.O_DIRECT, call: writeAt},
	"large read, lent":      {size: diskFile, again: true, config: lendAlways, call: readAt},
	"large write, lent":     {size: diskFile, again: true, config: lendAlways, flag: unix.O_DIRECT, call: writeAt},
	"large read, late disk": {size: diskFile, again: true, late: true, call: readAt},
	"batch":                 {size: 1024, again: true, late: true, call: readBatch},
	"sequential read": {size: 100, call: func(ctx context.Context, f *await.File, p []byte) error {
		_, err := f.ReadContext(ctx, p)
		return err
	}},
	"read of two": {size: 4096, again: true, call: func(ctx context.Context, f *await.File, p []byte) error {
		_, err := f.ReadVAt(ctx, [][]byte{p[:100], p[100:]}, 0)
		return err
	}},
	"read of a Buffer": {again: true, flag: unix.O_DIRECT, call: func(ctx context.Context, f *await.File, _ []byte) error {
		_, err := f.ReadBufferAt(ctx, await.NewBuffer(diskFile), 0)
		return err
	}},
	"write and sync": {size: 4096, again: true, call: func(ctx context.Context, f *await.File, p []byte) error {
		_, err := f.WriteAtSync(ctx, p, 0)
		return err
	}},
	"append and sync": {size: 100, flag: os.O_APPEND, call: func(ctx context.Context, f *await.File, p []byte) error {
		_, err := f.AppendSync(ctx, p)
		return err
	}},
	"sync": {size: 1, again: true, call: func(ctx context.Context, f *await.File, p []byte) error {
		if err := writeAt(ctx, f, p); err != nil {
			return err
		}
		return f.SyncContext(ctx)
	}},
}

// poison is memory that nobody is to write to.
func poison(size int) []byte { return bytes.Repeat([]byte{0xa5}, size) }

// wantPoison wants p as it was.
func wantPoison(t *testing.T, name string, p []byte) {
	t.Helper()
	if !bytes.Equal(p, poison(len(p))) {
		t.Errorf("%s wrote to memory of its caller, who had left", name)
	}
}
