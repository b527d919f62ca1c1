package fdcall

import (
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/mounts"
)

// links are the symbolic links that have led late calls to mounts that may hang. The disk that a link
// is on may not answer either. So one goroutine at a time reads a link on a disk, and it holds no lock
// that a call needs.
type links struct {
	read     func(name string) (string, error) // nil: os.Readlink
	disks    sync.Map                          // *sync.Mutex by device number: held while a link there is read
	checking atomic.Bool                       // check is running

	mu    sync.Mutex
	known map[string]string // the target of each link
}

// linksMax is how many links are known, and how many are followed for one name. The kernel gives up
// earlier, with ELOOP.
const linksMax = 64

// follow returns name with each known link at its beginning replaced by the target.
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

// resolve returns the mount that the absolute path name leads to. It learns the links that lead to
// mounts that may hang.
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

// readlinkOn returns a function that is readlink(2), by one goroutine at a time on each disk.
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

// checkSoon has a goroutine check the known links, if there are any and none does yet.
func (l *links) checkSoon(table *mounts.Table) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.known) > 0 && l.checking.CompareAndSwap(false, true) {
		go l.check(table)
	}
}

// check forgets the links that lead elsewhere now. The others stay known, so that further calls on a
// mount in trouble need not be late to find its lane.
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

// follow returns the mount that the absolute path name leads to. It reads only symbolic links on
// mounts that cannot hang. Unless learn is nil, it is called with each link to a mount that may hang.
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

// firstLink returns the first symbolic link in name and its target, or "" if there is none before a
// mount that may hang, which is not asked.
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
