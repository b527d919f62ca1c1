package fdcall

import (
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/mounts"
)

// links are the symbolic links that have led late calls to mounts that may hang. A disk that a link
// is to be read from may stand still: it is asked by one goroutine at a time, which holds no lock
// that a call needs.
type links struct {
	read     func(name string) (string, error) // os.Readlink; nil is the same
	disks    sync.Map                          // *sync.Mutex by the number of a device: of who reads a link there
	checking atomic.Bool

	mu    sync.Mutex
	known map[string]string // where each leads
}

// linksMax is how many links are known, and followed for one name: more are ELOOP to the kernel,
// too.
const linksMax = 64

// follow is name with the first part replaced where it is a link that is known.
func (l *links) follow(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for link, target := range l.known {
		if mounts.IsBelow(name, link) {
			name = target + name[len(link):]
		}
	}
	return name
}

// resolve is the mount that name, which is absolute, leads to. Links to mounts that may hang are
// known from then on.
func (l *links) resolve(table *mounts.Table, name string) (mounts.Mount, bool) {
	return follow(table, name, l.readlinkOn(table), l.learn)
}

func (l *links) learn(link, target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known == nil {
		l.known = make(map[string]string)
	}
	if len(l.known) < linksMax {
		l.known[link] = target
	}
}

// readlinkOn is readlink(2) that waits its turn on the disk that the name is on.
func (l *links) readlinkOn(table *mounts.Table) func(name string) (string, error) {
	return func(name string) (string, error) {
		mount, _ := table.ByPath(name)
		asking, _ := l.disks.LoadOrStore(mount.Device, new(sync.Mutex))
		asking.(*sync.Mutex).Lock()
		defer asking.(*sync.Mutex).Unlock()
		if l.read != nil {
			return l.read(name)
		}
		return os.Readlink(name)
	}
}

// checkSoon has the links read again, where any are known and nobody does it yet.
func (l *links) checkSoon(table *mounts.Table) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) > 0 && l.checking.CompareAndSwap(false, true) {
		go l.check(table)
	}
}

// check forgets the links that lead elsewhere now. The others stay: of a mount in trouble nobody is
// to find out again, late.
func (l *links) check(table *mounts.Table) {
	defer l.checking.Store(false)
	l.mu.Lock()
	known := make(map[string]string, len(l.known))
	maps.Copy(known, l.known)
	l.mu.Unlock()
	for link, target := range known {
		if at, now := firstLink(table, link, l.readlinkOn(table)); at == link && now == target {
			continue
		}
		l.mu.Lock()
		if l.known[link] == target {
			delete(l.known, link)
		}
		l.mu.Unlock()
	}
}

// follow is the mount that name, which is absolute, leads to. A symbolic link is read only if it is on
// a mount that cannot hang. learn, unless it is nil, is told of those that lead to one that may.
func follow(table *mounts.Table, name string, read func(string) (string, error), learn func(link, target string)) (mount mounts.Mount, ok bool) {
	for range linksMax {
		mount, ok = table.ByPath(name)
		if !ok || mount.Class == mounts.MayHang {
			return mount, ok
		}
		link, target := firstLink(table, name, read)
		if link == "" {
			return mount, ok
		}
		if to, _ := table.ByPath(target); to.Class == mounts.MayHang && learn != nil {
			learn(link, target)
		}
		name = filepath.Clean(target + name[len(link):])
	}
	return mount, ok
}

// firstLink is the first symbolic link in name, and where it leads. Nothing is asked of a mount
// that may hang.
func firstLink(table *mounts.Table, name string, read func(string) (string, error)) (link, target string) {
	for i := 1; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if mount, ok := table.ByPath(name[:i]); !ok || mount.Class == mounts.MayHang {
			return "", ""
		}
		if to, err := read(name[:i]); err == nil {
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(name[:i]), to)
			}
			return name[:i], filepath.Clean(to)
		}
	}
	return "", ""
}
