//go:build unix

package await

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
	"github.com/awaitio/awaitio/proactor"
)

// With PROACTOR_BACKEND=sim the tests run on simulated hosts: all on one, in real time, but for
// each bubble of testing/synctest, which has a world of its own.
var simulated = os.Getenv("PROACTOR_BACKEND") == "sim"

// simHost is the host of the tests that are in no bubble.
var simHost = sync.OnceValue(func() *sim.Boot { return newSimHost() })

func newSimHost() *sim.Boot {
	h, err := sim.New(1, sim.Options{}).AddHost("test")
	if err != nil {
		panic(err)
	}
	return h.Boot()
}

// bubbles are the hosts of tests in bubbles, until their tests end.
var bubbles sync.Map // of *sim.Boot, by testing.TB

func hostOf(t testing.TB) *sim.Boot {
	if !hook.InBubble() {
		return simHost()
	}
	host, known := bubbles.LoadOrStore(t, newSimHost())
	if !known {
		t.Cleanup(func() { bubbles.Delete(t) })
	}
	return host.(*sim.Boot)
}

// start is Start, on the system that is tested.
func start(t testing.TB, config Config) (*IO, error) {
	if !simulated {
		return Start(config)
	}
	host := hostOf(t)
	io, err := hook.StartOn(proactor.Config(config), opener(host), simSystem{Boot: host})
	if err != nil {
		return nil, err
	}
	return io.(*IO), nil
}

func opener(host *sim.Boot) hook.Opener {
	return func() (backend.Backend, error) { return host.Backend() }
}

// simulate puts the default IO on the simulated host, and has the tests skipped that cannot be.
func simulate() {
	if !simulated {
		return
	}
	host := simHost()
	defaultIO.loops = fdcall.NewLoopsOn(proactor.Config{IdleTimeout: idleDefault}, true, opener(host), simSystem{Boot: host})
}

type simSystem struct {
	*sim.Boot
}

var no = errors.ErrUnsupported

func (simSystem) Inspect(fd, flags int) (sysfile.Traits, error) {
	return sysfile.Traits{Kind: sysfile.Regular}, nil
}
func (simSystem) Fstatfs(fd int) (sysfile.FSStat, error) { return sysfile.FSStat{}, no }
func (simSystem) Ftruncate(fd int, size int64) error     { return no }
func (simSystem) Fchmod(fd int, mode uint32) error       { return no }
func (simSystem) Fchown(fd, uid, gid int) error          { return no }
func (simSystem) Fchdir(fd int) error                    { return no }
func (simSystem) Pipe() (ends [2]int, err error)         { return ends, no }

func (simSystem) Fstat(fd int) (s sysfile.Stat, err error) {
	return s, no
}

func (simSystem) Seek(fd int, offset int64, whence int) (int64, error) {
	return 0, no
}

func (simSystem) Fallocate(fd int, offset, size int64) error {
	return no
}

func (simSystem) CopyRange(to, from, limit int) (int, error) {
	return 0, no
}

func (simSystem) OpenDir(fd int, name string) (system.Dir, error) {
	return nil, no
}
func (simSystem) Stat(name string, flags int) (s sysfile.Stat, err error) {
	return s, no
}

func (simSystem) Statfs(name string) (sysfile.FSStat, error)    { return sysfile.FSStat{}, no }
func (simSystem) Mkdir(name string, perm os.FileMode) error     { return no }
func (simSystem) MkdirAll(name string, perm os.FileMode) error  { return no }
func (simSystem) MkdirTemp(dir, pattern string) (string, error) { return "", no }
func (simSystem) Remove(name string) error                      { return no }
func (simSystem) RemoveAll(name string) error                   { return no }
func (simSystem) Rename(oldName, newName string) error          { return no }
func (simSystem) Link(oldName, newName string) error            { return no }
func (simSystem) Symlink(oldName, newName string) error         { return no }
func (simSystem) Readlink(name string) (string, error)          { return "", no }
func (simSystem) ReadDir(name string) ([]fs.DirEntry, error)    { return nil, no }
func (simSystem) Chmod(name string, mode os.FileMode) error     { return no }
func (simSystem) Chown(name string, uid, gid int) error         { return no }
func (simSystem) Lchown(name string, uid, gid int) error        { return no }
func (simSystem) Truncate(name string, size int64) error        { return no }
func (simSystem) TempDir() string                               { return os.TempDir() }

func (simSystem) Chtimes(name string, accessed, modified time.Time) error {
	return no
}
