package await

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// heldRounds is how often each close is tried. Where the kernel's own threads carry
// operations out, one in four to one in fifty closes leaves the file held.
func heldRounds() int {
	if testing.Short() {
		return 30
	}
	return 100
}

// A fileUse is what is done with an open file before it is closed.
type fileUse struct {
	name string
	how  FileConfig
	flag int
	call func(ctx context.Context, f *File) error
}

// fileUses are the calls on files, each with a context that can end. What they write
// is what is there, or goes behind it.
func fileUses(head []byte) []fileUse {
	count := func(_ int, err error) error { return err }
	aligned := AlignedBuffer(4096)
	copy(aligned, head)
	half := [][]byte{head[:2048], head[2048:]}
	room := func() [][]byte { return [][]byte{make([]byte, 2048), make([]byte, 2048)} }
	uncached := func(f *File) error { return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
	uses := []fileUse{
		{name: "nothing", call: func(context.Context, *File) error { return nil }},
		{name: "Read", call: func(ctx context.Context, f *File) error { return count(f.ReadContext(ctx, make([]byte, 4096))) }},
		{name: "ReadAt, uncached", call: func(ctx context.Context, f *File) error {
			return errors.Join(uncached(f), count(f.ReadAtContext(ctx, make([]byte, 4096), 0)))
		}},
		{name: "ReadVAt, uncached", call: func(ctx context.Context, f *File) error {
			return errors.Join(uncached(f), count(f.ReadVAt(ctx, room(), 0)))
		}},
		{name: "ReadAtBatch", call: func(ctx context.Context, f *File) error {
			return f.ReadAtBatch(ctx, []FileRange{{Buf: make([]byte, 100)}, {Buf: make([]byte, 100), Offset: 100}})
		}},
		{name: "Write", call: func(ctx context.Context, f *File) error { return count(f.WriteContext(ctx, head)) }},
		{name: "WriteAt", call: func(ctx context.Context, f *File) error { return count(f.WriteAtContext(ctx, head, 0)) }},
		{name: "WriteVAt", call: func(ctx context.Context, f *File) error { return count(f.WriteVAt(ctx, half, 0)) }},
		{name: "WriteAtBatch", call: func(ctx context.Context, f *File) error {
			return f.WriteAtBatch(ctx, []FileRange{{Buf: head[:10]}, {Buf: head[10:20], Offset: 10}})
		}},
		{name: "WriteAt and Sync", call: func(ctx context.Context, f *File) error {
			return errors.Join(count(f.WriteAtContext(ctx, head, 0)), f.SyncContext(ctx))
		}},
		{name: "WriteAt and Datasync", call: func(ctx context.Context, f *File) error {
			return errors.Join(count(f.WriteAtContext(ctx, head, 0)), f.DatasyncContext(ctx))
		}},
		{name: "WriteAtSync", call: func(ctx context.Context, f *File) error { return count(f.WriteAtSync(ctx, head, 0)) }},
		{name: "AppendSync", flag: os.O_APPEND, call: func(ctx context.Context, f *File) error { return count(f.AppendSync(ctx, head)) }},
		{name: "Stat", call: func(ctx context.Context, f *File) error { _, err := f.StatContext(ctx); return err }},
		{name: "Chmod", call: func(_ context.Context, f *File) error { return f.Chmod(0o700) }},
		{name: "Allocate", call: func(ctx context.Context, f *File) error { return f.AllocateContext(ctx, 0, 1<<16) }},
		{name: "direct WriteAt", flag: unix.O_DIRECT, call: func(ctx context.Context, f *File) error { return count(f.WriteAtContext(ctx, aligned, 0)) }},
		{name: "direct WriteAt beyond the end", flag: unix.O_DIRECT, call: func(ctx context.Context, f *File) error {
			s, err := f.Stat()
			if err != nil {
				return err
			}
			return count(f.WriteAtContext(ctx, aligned, s.Size()&^4095+8192))
		}},
		{name: "direct ReadAt", flag: unix.O_DIRECT, call: func(ctx context.Context, f *File) error { return count(f.ReadAtContext(ctx, AlignedBuffer(4096), 0)) }},
	}
	for _, u := range uses[1:13] {
		u.name, u.how.Lending = "lent "+u.name, LendAlways
		uses = append(uses, u)
	}
	return uses
}

// newProgram is a copy of a program that ends at once, and its first bytes.
func newProgram(t *testing.T) (path string, head []byte) {
	t.Helper()
	from, err := exec.LookPath("true")
	if err != nil {
		t.Skipf("no program to run: %v", err)
	}
	contents, err := outside.ReadFile(from)
	must(t, err)
	path = filepath.Join(tempDir(t), "program")
	must(t, outside.WriteFile(path, contents, 0o700))
	return path, contents[:4096]
}

// wantFree fails t if anybody has path open: with a lock that belongs to an open file,
// with a lease, which is given if nobody else has the file open, and, where run is set,
// by running it, which fails if the file is open to be written.
func wantFree(t *testing.T, path string, run bool) bool {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	if err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
		if err == unix.EINVAL || err == unix.EACCES {
			err = nil // no leases here
		}
	}
	must(t, unix.Close(fd))
	if err != nil {
		t.Errorf("still held: %v", err)
		return false
	}
	if !run {
		return true
	}
	pid, err := syscall.ForkExec(path, []string{path}, &syscall.ProcAttr{})
	if err != nil {
		t.Errorf("still held: %v", err)
		return false
	}
	_, err = syscall.Wait4(pid, nil, 0, nil)
	must(t, err)
	return true
}

// A file is free once Close has returned, whatever was called before it: it can be run,
// its lock is gone, and so is every reference to what was open.
func TestNothingIsHeldAfterClose(t *testing.T) {
	io := open(t, Config{})
	path, head := newProgram(t)
	ctx, stop := context.WithCancel(background)
	defer stop()
	for _, u := range fileUses(head) {
		t.Run(u.name, func(t *testing.T) {
			u.how.IO = io
			for i := range heldRounds() {
				f, err := u.how.Open(ctx, path, os.O_RDWR|u.flag, 0)
				if u.flag == unix.O_DIRECT && errors.Is(err, unix.EINVAL) {
					t.Skipf("no O_DIRECT here: %v", err)
				}
				must(t, err)
				must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
				must(t, u.call(ctx, f))
				must(t, f.Close())
				if !wantFree(t, path, i%10 == 0) {
					return
				}
			}
		})
	}
}

// rawUses are what is done with a descriptor before CloseFD.
func rawUses(io *IO, head []byte) map[string]func(ctx context.Context, fd int) error {
	count := func(_ int, err error) error { return err }
	return map[string]func(ctx context.Context, fd int) error{
		"nothing": func(context.Context, int) error { return nil },
		"read": func(ctx context.Context, fd int) error {
			return errors.Join(unix.Fadvise(fd, 0, 0, unix.FADV_DONTNEED), count(io.Read(ctx, fd, make([]byte, 100), 0)))
		},
		"read at the position": func(ctx context.Context, fd int) error {
			return count(io.Read(ctx, fd, make([]byte, 100), proactor.CurrentPosition))
		},
		"write": func(ctx context.Context, fd int) error { return count(io.Write(ctx, fd, head, 0)) },
		"write and fsync": func(ctx context.Context, fd int) error {
			return errors.Join(count(io.Write(ctx, fd, head, 0)), io.Fsync(ctx, fd, 0))
		},
		"statx": func(ctx context.Context, fd int) error {
			return io.Statx(ctx, fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS, new(proactor.Stat))
		},
	}
}

// CloseFD leaves nothing behind either.
func TestNothingIsHeldAfterCloseFD(t *testing.T) {
	io := open(t, Config{})
	path, head := newProgram(t)
	for name, use := range rawUses(io, head) {
		t.Run(name, func(t *testing.T) {
			for i := range heldRounds() {
				fd, err := io.OpenAt(background, proactor.AtCWD, path, unix.O_RDWR, 0)
				must(t, err)
				must(t, unix.Flock(fd, unix.LOCK_EX))
				must(t, use(background, fd))
				must(t, io.CloseFD(background, fd))
				if !wantFree(t, path, i%10 == 0) {
					return
				}
			}
		})
	}
}

// After the IO is closed, close(2) of a descriptor that it used is its last.
func TestNothingIsHeldAfterTheIOIsClosed(t *testing.T) {
	testutil.CheckLeaks(t)
	path, head := newProgram(t)
	for range heldRounds() / 10 {
		for name := range rawUses(nil, head) {
			io, err := Start(Config{})
			must(t, err)
			fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
			must(t, err)
			must(t, unix.Flock(fd, unix.LOCK_EX))
			must(t, errors.Join(rawUses(io, head)[name](background, fd), io.Close(), unix.Close(fd)))
			if !wantFree(t, path, true) {
				t.Fatalf("after %s", name)
			}
		}
	}
}

// A file system can be unmounted when the files that were open on it are closed.
func TestUnmountAfterClose(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	rounds := heldRounds() / 10
	for _, u := range fileUses(make([]byte, 4096)) {
		if u.flag == unix.O_DIRECT {
			continue // not on every kernel's tmpfs
		}
		t.Run(u.name, func(t *testing.T) {
			u.how.IO = io
			for range rounds {
				if err := unix.Mount("none", dir, "tmpfs", 0, "size=1m"); err != nil {
					t.Skipf("nothing can be mounted here: %v", err)
				}
				f, err := u.how.Open(background, filepath.Join(dir, "file"), os.O_RDWR|os.O_CREATE|u.flag, 0o600)
				if err == nil {
					must(t, f.Truncate(1<<16))
					err = errors.Join(u.call(background, f), f.Close())
				}
				if busy := unix.Unmount(dir, 0); busy != nil {
					t.Errorf("unmount: %v", busy)
					must(t, unix.Unmount(dir, unix.MNT_DETACH))
					return
				}
				must(t, err)
			}
		})
	}
}

// The peer sees the end once Close has returned, whatever was under way.
func TestPeerSeesTheEndAfterClose(t *testing.T) {
	io := open(t, Config{})
	for name, pair := range map[string]func(t *testing.T) (ours, peer int){
		"unix socket": func(t *testing.T) (int, int) { return socketPair(t) },
		"pipe":        func(t *testing.T) (int, int) { r, w := pipe(t); return w, r },
		"terminal":    func(t *testing.T) (int, int) { master, slave := rawTerminal(t); return slave, master },
	} {
		t.Run(name, func(t *testing.T) {
			for range heldRounds() {
				ours, peer := pair(t)
				disown(t, ours)
				f, err := io.NewFile(uintptr(ours), name)
				must(t, err)
				n, err := f.Write([]byte("x"))
				wantCount(t, "Write", n, err, 1)
				read := later(func() (int, error) { return f.Read(make([]byte, 1)) })
				if name != "pipe" { // of which this end cannot be read
					waitUnderWay(t, io, 1)
				}
				must(t, f.Close())
				receive(t, read, "the end of a read")
				p := make([]byte, 10)
				must(t, unix.SetNonblock(peer, true))
				if n, err := unix.Read(peer, p); n != 1 || err != nil {
					t.Fatalf("what was written: %d, %v", n, err)
				}
				if n, err := unix.Read(peer, p); n > 0 || err == unix.EAGAIN {
					t.Fatalf("the end: %d, %v", n, err)
				}
			}
		})
	}
}
