//go:build unix

package simdisk

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFullDisk(t *testing.T) {
	r := newRig(t, Config{Size: 10_000})
	f := r.file("a")
	_, errno := f.Write([]byte(strings.Repeat("x", 8000)), 0)
	r.ok(errno)
	n, errno := f.Write([]byte(strings.Repeat("y", 4000)), 8000)
	if errno != 0 || n != 2000 {
		t.Errorf("wrote %d bytes, %v, want 2000", n, errno)
	}
	_, errno = f.Write([]byte("z"), 10_000)
	r.want(syscall.ENOSPC, errno)
	r.want(syscall.ENOSPC, f.Allocate(0, 1))
	_, errno = f.Write([]byte(strings.Repeat("z", 10_000)), 0) // where there was something
	r.ok(errno)
	r.ok(r.Mkdir(nil, "d", 0o755)) // names cost nothing
	if s := r.Statfs(); s.Size != 10_000 || s.Free != 0 {
		t.Errorf("space %+v", s)
	}

	r.SyncAll()
	crashed := &rig{t, r.Crash(seeded(1))}
	g := crashed.open("a", unix.O_WRONLY)
	_, errno = g.Write([]byte("z"), 10_000)
	crashed.want(syscall.ENOSPC, errno)
	crashed.ok(g.Truncate(9000))
	_, errno = g.Write([]byte("z"), 9000)
	crashed.ok(errno)

	r.ok(r.Unlink(nil, "a"))
	_, errno = r.file("b").Write([]byte("z"), 0)
	r.want(syscall.ENOSPC, errno) // it is still open
	f.Close()
	r.put("b", 0, "z")
}

// A hole takes no room, and no memory.
func TestHolesAreFree(t *testing.T) {
	r := newRig(t, Config{Size: 3 * pageSize})
	f := r.file("a")
	r.put("a", 1<<42, "far")
	r.put("a", 0, "near")
	r.sync("a")
	if i := f.Stat(); i.Size != 1<<42+3 || i.Blocks != 2*pageSize/512 {
		t.Errorf("%+v", i)
	}
	for range r.CrashImages(0) { // is quick
	}
	_, errno := f.Write([]byte("x"), SizeMax)
	r.want(syscall.EFBIG, errno)
	r.want(syscall.EFBIG, f.Truncate(SizeMax+1))
	n, errno := f.Write([]byte("xyz"), SizeMax-1)
	if errno != 0 || n != 1 {
		t.Errorf("wrote %d bytes, %v, want 1", n, errno)
	}
}
