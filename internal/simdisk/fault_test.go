//go:build unix

package simdisk

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFaults(t *testing.T) {
	r := newRig(t, Config{})
	r.SetChance(always{})
	r.settle("a", "contents")
	f := r.open("a", unix.O_RDWR)
	buf := make([]byte, 8)

	r.Configure(Config{ReadErrors: 1, WriteErrors: 1})
	_, errno := f.Read(buf, 0)
	r.want(syscall.EIO, errno)
	_, errno = f.Write([]byte("xxx"), 0)
	r.want(syscall.EIO, errno)
	r.Configure(Config{ShortWrites: 1})
	n, errno := f.Write([]byte("CONTENTS"), 0)
	r.ok(errno)
	if got := show(t, r.FS()); n != 7 || got != "a=CONTENTs" {
		t.Errorf("a short write of %d bytes made %q", n, got)
	}
}

// What the device gets wrong is seen after a crash, however well all was synced.
func TestDeviceFaults(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   string
	}{
		"none":        {Config{}, "a=new."},
		"lost":        {Config{LostWrites: 1}, "a=old."},
		"misdirected": {Config{Misdirected: 1}, "a=old."},
		"bit flip":    {Config{BitFlips: 1}, "a=new\x80"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.SetChance(always{})
			r.settle("a", "old\x00")
			r.Configure(c.config)
			r.put("a", 0, "new\x00")
			r.sync("a")
			if got := show(t, r.FS()); got != "a=new." {
				t.Errorf("calls see %q", got)
			}
			if got := show(t, r.Crash(seeded(1)).FS()); got != c.want {
				t.Errorf("after a crash there is %q, want %q", got, c.want)
			}
			if u := r.Unsynced(); len(u) != 0 {
				t.Errorf("unsynced: %v", u)
			}
		})
	}
}

// low is as always, and draws the lowest number.
type low struct{ always }

func (low) Draw(string, uint64, int64) int64 { return 0 }

func TestMisdirectedWriteEndsElsewhere(t *testing.T) {
	r := newRig(t, Config{})
	r.SetChance(low{})
	r.put("a", 2*pageSize-1, "\x00")
	r.SyncAll()
	r.Configure(Config{Misdirected: 1})
	r.put("a", 0, "new")
	r.sync("a")
	f := r.Crash(seeded(1)).must(t, "a")
	for off, want := range map[int64]string{0: "\x00\x00\x00", pageSize: "new"} {
		buf := make([]byte, 3)
		if _, errno := f.Read(buf, off); errno != 0 || string(buf) != want {
			t.Errorf("at %d: %q, %v", off, buf, errno)
		}
	}
}

func (d *Disk) must(t *testing.T, path string) *File {
	t.Helper()
	f, errno := d.Open(nil, path, unix.O_RDWR, 0)
	if errno != 0 {
		t.Fatal(errno)
	}
	return f
}

func TestFail(t *testing.T) {
	for _, c := range []struct {
		errno                            syscall.Errno
		open, read, write, create, syncs syscall.Errno
	}{
		{errno: syscall.EIO, read: syscall.EIO, write: syscall.EIO, syncs: syscall.EIO},
		{errno: syscall.ENOSPC, write: syscall.ENOSPC, create: syscall.ENOSPC},
		{errno: syscall.EROFS, write: syscall.EROFS, create: syscall.EROFS},
		{errno: syscall.EACCES, open: syscall.EACCES, create: syscall.EACCES},
	} {
		r := newRig(t, Config{})
		r.ok(r.Mkdir(nil, "d", 0o755))
		r.put("d/a", 0, "1")
		f := r.file("d/a")
		if err := r.Fail("/d/*", c.errno); err != nil {
			t.Fatal(err)
		}
		_, errno := r.Open(nil, "/d/a", unix.O_RDONLY, 0)
		r.want(c.open, errno)
		_, errno = f.Read(make([]byte, 1), 0)
		r.want(c.read, errno)
		_, errno = f.Write([]byte("x"), 0)
		r.want(c.write, errno)
		_, errno = r.Open(nil, "/d/new", unix.O_CREAT|unix.O_RDWR, 0o644)
		r.want(c.create, errno)
		r.want(c.syncs, f.Sync(false))
		r.put("other", 0, "1") // does not match
		if err := r.Fail("/d/*", 0); err != nil {
			t.Fatal(err)
		}
		r.put("d/a", 0, "1")
	}
	if err := New(Config{}).Fail("[", syscall.EIO); err == nil {
		t.Error("a bad pattern is no error")
	}
}

func TestCorrupt(t *testing.T) {
	r := newRig(t, Config{})
	r.settle("a", "\xff\xff\xff\xff")
	n, errno := r.Corrupt("a", 2, 100)
	r.ok(errno)
	if got := show(t, r.FS()); n != 2 || got != "a=\xff\xff.." {
		t.Errorf("%d bytes: %q", n, got)
	}
	if got := show(t, r.Stable()); got != "a=\xff\xff.." {
		t.Errorf("stable: %q", got)
	}
	_, errno = r.Corrupt("none", 0, 1)
	r.want(syscall.ENOENT, errno)
}
