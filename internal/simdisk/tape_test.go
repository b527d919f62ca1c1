//go:build linux

package simdisk

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A machine is something that has files: a Disk, or the kernel. Open files are kept by slot.
type machine interface {
	open(slot, at int, path string, flags int, mode uint32) syscall.Errno
	close(slot int)
	read(slot int, p []byte, off int64) (int, syscall.Errno)
	write(slot int, p []byte, off int64) (int, syscall.Errno)
	seek(slot int, off int64, whence int) (int64, syscall.Errno)
	fstat(slot int) (Info, syscall.Errno)
	readDir(slot int) ([]string, syscall.Errno)
	fsync(slot int) syscall.Errno
	ftruncate(slot int, size int64) syscall.Errno
	allocate(slot int, off, size int64) syscall.Errno
	copyRange(to, from, size int) (int, syscall.Errno)

	stat(at int, path string, follow bool) (Info, syscall.Errno)
	mkdir(at int, path string, mode uint32) syscall.Errno
	rmdir(at int, path string) syscall.Errno
	unlink(at int, path string) syscall.Errno
	rename(oldAt int, oldPath string, newAt int, newPath string, flags int) syscall.Errno
	link(oldAt int, oldPath string, newAt int, newPath string) syscall.Errno
	symlink(target string, at int, path string) syscall.Errno
	readlink(at int, path string) (string, syscall.Errno)
	chmod(at int, path string, mode uint32) syscall.Errno
	chown(at int, path string, uid, gid int, follow bool) syscall.Errno
	chtimes(at int, path string, modified int64) syscall.Errno
	truncate(at int, path string, size int64) syscall.Errno
}

const (
	slots  = 4
	atRoot = -1
)

// A tape is where a sequence of calls comes from. At its end there are zeros.
type tape struct{ bytes []byte }

func (t *tape) next(n int) int {
	if len(t.bytes) == 0 {
		return 0
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return int(b) % n
}

func pick[T any](t *tape, list []T) T { return list[t.next(len(list))] }

var (
	longest = strings.Repeat("n", 255)
	names   = []string{
		"a", "b", "d", "l", "d/a", "d/b", "d/e", "d/l", "d/e/a", "l/a", "l/e", "d/../a", "d/e/../b",
		"a/", "d/", "l/", "a/x", "d/.", "d/e/..", "none/x", "none/", longest, longest + "n", "d/" + longest + "n", "",
	}
	targets = []string{"a", "d", "l", "d/a", "d/e", "none", "b/", "none/", longest + "n", ""}
	flags   = []int{
		unix.O_RDONLY, unix.O_RDWR, unix.O_WRONLY, unix.O_RDWR | unix.O_CREAT, unix.O_WRONLY | unix.O_CREAT | unix.O_APPEND,
		unix.O_RDWR | unix.O_CREAT | unix.O_EXCL, unix.O_RDWR | unix.O_TRUNC, unix.O_RDONLY | unix.O_TRUNC,
		unix.O_RDONLY | unix.O_DIRECTORY, unix.O_RDONLY | unix.O_NOFOLLOW, unix.O_RDWR | unix.O_CREAT | unix.O_NOFOLLOW,
		unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW, unix.O_RDONLY | unix.O_CREAT | unix.O_DIRECTORY,
		unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC, unix.O_RDWR | unix.O_DSYNC | unix.O_CREAT, unix.O_RDWR | unix.O_APPEND,
	}
	modes   = []uint32{0o644, 0o755, 0o600, 0o7777, 0, 0o2755, 0o4711}
	offsets = []int64{0, 1, 100, 4095, 4096, 5000, 12288, 20000, 1 << 20, 1<<40 + 7}
	amounts = []int{0, 1, 10, 100, 4096, 5000, 9000}
)

// play makes the calls of a tape on a machine, and tells what they answered.
func play(m machine, bytes []byte, limits fsLimits) []string {
	p := &player{m: m, t: &tape{bytes}, limits: limits, open: map[int]bool{}}
	for len(p.t.bytes) > 0 {
		p.call()
	}
	for slot := range slots {
		p.closeSlot(slot)
	}
	p.log = append(p.log, "tree:")
	p.tree("", 0)
	return p.log
}

// fsLimits are in what file systems differ.
type fsLimits struct {
	model   Model
	sizeMax int64 // none is tried if 0
}

type player struct {
	m      machine
	t      *tape
	limits fsLimits
	open   map[int]bool
	filled bool // fallocate was called
	log    []string
}

func (p *player) tell(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf("%d: ", len(p.log))+fmt.Sprintf(format, args...))
}

func (p *player) slot() int { return p.t.next(slots) }
func (p *player) at() int   { return pick(p.t, []int{atRoot, atRoot, atRoot, atRoot, atRoot, 0, 1, 2}) }
func (p *player) name() string {
	return pick(p.t, names)
}

// where is a directory to start from, and a path.
func (p *player) where() (int, string) {
	at := p.at()
	if !p.open[at] {
		at = atRoot
	}
	return at, p.name()
}

func (p *player) offset() int64 {
	off := pick(p.t, offsets)
	if off > 1<<40 && p.limits.sizeMax > 0 {
		off = p.limits.sizeMax - 4
	}
	return off
}

func (p *player) closeSlot(slot int) {
	if p.open[slot] {
		p.m.close(slot)
		delete(p.open, slot)
	}
}

func (p *player) call() {
	switch k := p.t.next(26); {
	case k < 5:
		p.openOne()
	case k < 13:
		p.onSlot(k)
	default:
		p.onPath(k)
	}
}

func (p *player) openOne() {
	slot := p.slot()
	p.closeSlot(slot)
	at, name := p.where()
	f, mode := pick(p.t, flags), pick(p.t, modes)
	errno := p.m.open(slot, at, name, f, mode)
	p.open[slot] = errno == 0
	p.tell("open %d at %d %.30q flags %x mode %o: %v", slot, at, name, f, mode, errno)
}

func (p *player) onSlot(k int) {
	slot := p.slot()
	if !p.open[slot] {
		return
	}
	off := p.offset()
	if p.t.next(2) == 0 {
		off = -1
	}
	size := pick(p.t, amounts)
	switch k {
	case 5, 6:
		n, errno := p.m.write(slot, text(len(p.log), size), off)
		p.tell("write %d of %d at %d: %d %v", slot, size, off, n, errno)
	case 7:
		buf := make([]byte, size)
		n, errno := p.m.read(slot, buf, off)
		p.tell("read %d of %d at %d: %d %v %x", slot, size, off, n, errno, sum(buf[:max(n, 0)]))
	case 8:
		p.seek(slot, off)
	case 9:
		p.tell("ftruncate %d %d: %v", slot, off, p.m.ftruncate(slot, off))
	case 10:
		p.tell("fsync %d: %v", slot, p.m.fsync(slot))
		i, errno := p.m.fstat(slot)
		p.tell("fstat %d: %s %v", slot, brief(i), errno)
	case 11:
		list, errno := p.m.readDir(slot)
		p.tell("readdir %d: %.40q %v", slot, list, errno)
	case 12:
		p.lengthen(slot, off, size)
	}
}

func (p *player) lengthen(slot int, off int64, size int) {
	if from := p.slot(); p.t.next(2) == 0 {
		if !p.open[from] {
			return
		}
		n, errno := p.m.copyRange(slot, from, size)
		p.tell("copy to %d from %d, %d bytes: %d %v", slot, from, size, n, errno)
		return
	}
	p.filled = true
	p.tell("fallocate %d at %d, %d bytes: %v", slot, off, size, p.m.allocate(slot, off, int64(size)))
}

func (p *player) seek(slot int, off int64) {
	whence := p.t.next(6)
	i, errno := p.m.fstat(slot)
	if errno != 0 || i.IsDir() || p.filled && whence > seekEnd {
		return
	}
	at, errno := p.m.seek(slot, off, whence)
	p.tell("seek %d to %d from %d: %d %v", slot, off, whence, at, errno)
}

func (p *player) onPath(k int) {
	at, name := p.where()
	mode, follow := pick(p.t, modes), p.t.next(2) == 0
	switch k {
	case 13, 14:
		p.tell("mkdir at %d %.30q %o: %v", at, name, mode, p.m.mkdir(at, name, mode))
	case 15:
		p.tell("rmdir at %d %.30q: %v", at, name, p.m.rmdir(at, name))
	case 16:
		p.tell("unlink at %d %.30q: %v", at, name, p.m.unlink(at, name))
	case 17, 18:
		newAt, newName := p.where()
		f := p.t.next(4) / 3
		p.tell("rename at %d %.30q to at %d %.30q flags %d: %v", at, name, newAt, newName, f, p.m.rename(at, name, newAt, newName, f))
	case 19:
		newAt, newName := p.where()
		p.tell("link at %d %.30q to at %d %.30q: %v", at, name, newAt, newName, p.m.link(at, name, newAt, newName))
	case 20:
		target := pick(p.t, targets)
		p.tell("symlink %.30q at %d %.30q: %v", target, at, name, p.m.symlink(target, at, name))
	case 21:
		target, errno := p.m.readlink(at, name)
		p.tell("readlink at %d %.30q: %.30q %v", at, name, target, errno)
		i, errno := p.m.stat(at, name, follow)
		p.tell("stat at %d %.30q %v: %s %v", at, name, follow, brief(i), errno)
	case 22:
		p.tell("chmod at %d %.30q %o: %v", at, name, mode, p.m.chmod(at, name, mode))
	case 23:
		p.tell("chown at %d %.30q %v: %v", at, name, follow, p.m.chown(at, name, p.t.next(3)-1, p.t.next(3)-1, follow))
	case 24:
		p.tell("chtimes at %d %.30q: %v", at, name, p.m.chtimes(at, name, int64(p.t.next(100))*1e9))
	case 25:
		size := p.offset()
		p.tell("truncate at %d %.30q %d: %v", at, name, size, p.m.truncate(at, name, size))
	}
}

// tree tells all that is below a directory.
func (p *player) tree(dir string, depth int) {
	name := dir
	if name == "" {
		name = "."
	}
	if errno := p.m.open(0, atRoot, name, unix.O_RDONLY|unix.O_DIRECTORY, 0); errno != 0 {
		p.tell("%.60q: %v", dir, errno)
		return
	}
	list, _ := p.m.readDir(0)
	p.m.close(0)
	for _, entry := range list {
		path := strings.TrimPrefix(dir+"/"+entry, "/")
		i, errno := p.m.stat(atRoot, path, false)
		p.tell("%.60q: %s %v", path, brief(i), errno)
		switch i.Mode & syscall.S_IFMT {
		case syscall.S_IFDIR:
			if depth < 5 {
				p.tree(path, depth+1)
			}
		case syscall.S_IFREG:
			p.contents(path)
		}
	}
}

func (p *player) contents(path string) {
	if errno := p.m.open(0, atRoot, path, unix.O_RDONLY, 0); errno != 0 {
		p.tell("%v", errno)
		return
	}
	defer p.m.close(0)
	buf := make([]byte, 64<<10)
	for _, off := range []int64{0, 1 << 20, 1 << 40, SizeMax - 10} {
		n, errno := p.m.read(0, buf, off)
		p.tell("%d bytes at %d: %x %v", n, off, sum(buf[:max(n, 0)]), errno)
	}
}

// text is what the write number n writes.
func text(n, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(n + i*7)
	}
	return b
}

func sum(b []byte) (h uint32) {
	for _, c := range b {
		h = h*16777619 ^ uint32(c)
	}
	return h
}

// brief is what file systems agree on.
func brief(i Info) string {
	if i.IsDir() {
		i.Size = 0
	}
	modified := "lately"
	if i.Modified < time.Unix(1000, 0).UnixNano() {
		modified = fmt.Sprint(i.Modified)
	}
	return fmt.Sprintf("mode %o, %d links, owner %d:%d, size %d, modified %s", i.Mode, i.Links, i.UID, i.GID, i.Size, modified)
}

// compare plays a tape on a new disk and on the kernel, and reports the first answer that
// differs.
func compare(t *testing.T, bytes []byte, kernel machine, limits fsLimits) bool {
	t.Helper()
	d := New(Config{Model: limits.model})
	d.SetTime(time.Now().UnixNano())
	got, want := play(&onDisk{d: d}, bytes, limits), play(kernel, bytes, limits)
	if slices.Equal(got, want) {
		return true
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("%s\ndisk:   %s\nkernel: %s", strings.Join(want[:i], "\n"), strings.Join(got[i:min(i+1, len(got))], ""), want[i])
			return false
		}
	}
	t.Errorf("the disk has more: %s", got[len(want)])
	return false
}
