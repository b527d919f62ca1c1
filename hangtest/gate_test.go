package hangtest

import (
	"sync"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A gate answers no request while it is frozen.
type gate struct {
	fuse.RawFileSystem
	sync.RWMutex // locked while it is

	mu       sync.Mutex
	watchdog *time.Timer // thaws it; nil while it is not frozen
}

// frozenMost is how long a gate is frozen at most: processes that wait for it cannot be killed.
const frozenMost = 2 * time.Minute

func (g *gate) freeze() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watchdog == nil {
		g.Lock()
		g.watchdog = time.AfterFunc(frozenMost, g.thaw)
	}
}

func (g *gate) thaw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watchdog != nil {
		g.watchdog.Stop()
		g.watchdog = nil
		g.Unlock()
	}
}

// pass waits until the gate is open.
func (g *gate) pass() {
	g.RLock()
	defer g.RUnlock()
}

type (
	cancel = <-chan struct{}
	status = fuse.Status
)

// ask has the kernel ask for each read and write, of a file that it would serve from its cache
// or from the file behind it.
func ask(out *fuse.OpenOut) {
	out.OpenFlags = out.OpenFlags&^fuse.FOPEN_PASSTHROUGH | fuse.FOPEN_DIRECT_IO
	out.BackingID = 0
}

func (g *gate) Lookup(c cancel, h *fuse.InHeader, name string, out *fuse.EntryOut) status {
	g.pass()
	return g.RawFileSystem.Lookup(c, h, name, out)
}

func (g *gate) GetAttr(c cancel, in *fuse.GetAttrIn, out *fuse.AttrOut) status {
	g.pass()
	return g.RawFileSystem.GetAttr(c, in, out)
}

func (g *gate) SetAttr(c cancel, in *fuse.SetAttrIn, out *fuse.AttrOut) status {
	g.pass()
	return g.RawFileSystem.SetAttr(c, in, out)
}

func (g *gate) Access(c cancel, in *fuse.AccessIn) status {
	g.pass()
	return g.RawFileSystem.Access(c, in)
}

func (g *gate) Statx(c cancel, in *fuse.StatxIn, out *fuse.StatxOut) status {
	g.pass()
	return g.RawFileSystem.Statx(c, in, out)
}

func (g *gate) StatFs(c cancel, h *fuse.InHeader, out *fuse.StatfsOut) status {
	g.pass()
	return g.RawFileSystem.StatFs(c, h, out)
}

func (g *gate) Mkdir(c cancel, in *fuse.MkdirIn, name string, out *fuse.EntryOut) status {
	g.pass()
	return g.RawFileSystem.Mkdir(c, in, name, out)
}

func (g *gate) Unlink(c cancel, h *fuse.InHeader, name string) status {
	g.pass()
	return g.RawFileSystem.Unlink(c, h, name)
}

func (g *gate) Rmdir(c cancel, h *fuse.InHeader, name string) status {
	g.pass()
	return g.RawFileSystem.Rmdir(c, h, name)
}

func (g *gate) Rename(c cancel, in *fuse.RenameIn, from, to string) status {
	g.pass()
	return g.RawFileSystem.Rename(c, in, from, to)
}

func (g *gate) Link(c cancel, in *fuse.LinkIn, name string, out *fuse.EntryOut) status {
	g.pass()
	return g.RawFileSystem.Link(c, in, name, out)
}

func (g *gate) Symlink(c cancel, h *fuse.InHeader, to, name string, out *fuse.EntryOut) status {
	g.pass()
	return g.RawFileSystem.Symlink(c, h, to, name, out)
}

func (g *gate) Readlink(c cancel, h *fuse.InHeader) ([]byte, status) {
	g.pass()
	return g.RawFileSystem.Readlink(c, h)
}

func (g *gate) Create(c cancel, in *fuse.CreateIn, name string, out *fuse.CreateOut) status {
	g.pass()
	defer ask(&out.OpenOut)
	return g.RawFileSystem.Create(c, in, name, out)
}

func (g *gate) Open(c cancel, in *fuse.OpenIn, out *fuse.OpenOut) status {
	g.pass()
	defer ask(out)
	return g.RawFileSystem.Open(c, in, out)
}

func (g *gate) Read(c cancel, in *fuse.ReadIn, p []byte) (fuse.ReadResult, status) {
	g.pass()
	return g.RawFileSystem.Read(c, in, p)
}

func (g *gate) Write(c cancel, in *fuse.WriteIn, p []byte) (uint32, status) {
	g.pass()
	return g.RawFileSystem.Write(c, in, p)
}

func (g *gate) Writev(c cancel, in *fuse.WriteIn, p [][]byte) (uint32, status) {
	g.pass()
	return g.RawFileSystem.Writev(c, in, p)
}

func (g *gate) Fallocate(c cancel, in *fuse.FallocateIn) status {
	g.pass()
	return g.RawFileSystem.Fallocate(c, in)
}

func (g *gate) Lseek(c cancel, in *fuse.LseekIn, out *fuse.LseekOut) status {
	g.pass()
	return g.RawFileSystem.Lseek(c, in, out)
}

func (g *gate) Flush(c cancel, in *fuse.FlushIn) status {
	g.pass()
	return g.RawFileSystem.Flush(c, in)
}

func (g *gate) Fsync(c cancel, in *fuse.FsyncIn) status {
	g.pass()
	return g.RawFileSystem.Fsync(c, in)
}

func (g *gate) OpenDir(c cancel, in *fuse.OpenIn, out *fuse.OpenOut) status {
	g.pass()
	return g.RawFileSystem.OpenDir(c, in, out)
}

func (g *gate) ReadDir(c cancel, in *fuse.ReadIn, out *fuse.DirEntryList) status {
	g.pass()
	return g.RawFileSystem.ReadDir(c, in, out)
}

func (g *gate) ReadDirPlus(c cancel, in *fuse.ReadIn, out *fuse.DirEntryList) status {
	g.pass()
	return g.RawFileSystem.ReadDirPlus(c, in, out)
}
