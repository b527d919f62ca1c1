package fdcall

import (
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// mountLanes are the lanes of mounts that may hang and had calls. A path is looked up by its letters,
// which costs little. While no call on another mount's path is late, no symbolic link is looked at.
type mountLanes struct {
	limits  mounts.Limits
	watch   atomic.Bool   // calls by path are looked up with their links
	left    atomic.Uint64 // calls that their callers have left, ever
	late    atomic.Uint64 // calls that were late, ever
	refused atomic.Uint64 // calls that were refused, ever
	links   links

	last    atomic.Pointer[mounts.Table] // table, for those who have no lock
	readAt  atomic.Int64                 // read, for them
	reading atomic.Bool                  // somebody reads the table, for others

	mu        sync.Mutex
	table     *mounts.Table
	read      time.Time
	asked     time.Time // when it was last seen to that watch need be on
	lanes     map[laneKey]*mounts.Lane
	unmounted []weak.Pointer[mounts.Lane] // of mounts that are not there any more: open files may use them
	alias     map[uint64]mounts.Mount     // of devices that the table does not have: btrfs's subvolumes
}

// A laneKey tells mounts apart that follow one another in one place. The kernel gives the numbers of a mount
// that is gone to the next one, but for the unique one.
type laneKey struct {
	id, unique, device uint64
	point              string
}

// tableAge is how often the mounts are read again.
const tableAge = 10 * time.Second

// troubledAge is the same while a mount refuses calls, or is not found: it may have been mounted again.
const troubledAge = time.Second

func newMountLanes(config proactor.Config) *mountLanes {
	limits := mounts.Limits{
		Places: 64, Quiet: 16, StuckMax: 16, LostMax: 64,
		QuietAfter: lateAfter, StuckAfter: time.Second, HungAfter: 30 * time.Second,
		RetryMin: time.Second, RetryMax: time.Minute,
	}
	if config.MountWorkers > 0 {
		limits.Places = config.MountWorkers
	}
	if config.StuckMax > 0 {
		limits.StuckMax = config.StuckMax
	}
	limits.StuckMax = min(limits.StuckMax, limits.Places) // more could not be
	limits.Quiet = limits.StuckMax                        // so many hang before others are refused
	if config.StuckAfter > 0 {
		limits.StuckAfter = config.StuckAfter
	}
	return &mountLanes{limits: limits, lanes: make(map[laneKey]*mounts.Lane)}
}

// current is the table, read again if it is older than age. The lock is held. Where it cannot be
// read the last one stands; nothing is known to hang where there is none.
func (m *mountLanes) current(age time.Duration) *mounts.Table {
	if m.table == nil || time.Since(m.read) >= age {
		m.install(readTable())
	}
	return m.table
}

// readTable returns nil where the table cannot be read, as for want of a descriptor.
func readTable() *mounts.Table {
	table, err := mounts.Read()
	if err != nil {
		return nil
	}
	return table
}

// install makes table the current one, or keeps that if table is nil. Lanes of mounts that are gone have no
// more calls but those under way, and those on files that are open. The lock is held.
func (m *mountLanes) install(table *mounts.Table) {
	if table == nil {
		if table = m.table; table == nil {
			table = mounts.NewTable(nil)
		}
	}
	m.table, m.read = table, time.Now()
	m.last.Store(table)
	m.readAt.Store(m.read.UnixNano())
	m.alias = make(map[uint64]mounts.Mount)
	there := make(map[laneKey]bool)
	for _, mount := range table.All() {
		there[keyOf(mount)] = true
	}
	for key, lane := range m.lanes {
		if !there[key] {
			delete(m.lanes, key)
			m.unmounted = append(m.unmounted, weak.Make(lane))
		}
	}
	m.links.checkSoon(table)
}

// refresh has the table read again, where nobody does it yet. No call is to wait for it: there may
// be many mounts.
func (m *mountLanes) refresh() {
	if !m.reading.CompareAndSwap(false, true) {
		return
	}
	go func() {
		table := readTable()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.install(table)
		m.reading.Store(false)
	}()
}

func keyOf(m mounts.Mount) laneKey { return laneKey{m.ID, m.Unique, m.Device, m.Point} }

// laneOf is the lane of a mount, or nil if it cannot hang. The lock is held.
func (m *mountLanes) laneOf(mount mounts.Mount, ok bool) *mounts.Lane {
	if !ok || mount.Class == mounts.Disk {
		return nil
	}
	lane := m.lanes[keyOf(mount)]
	if lane == nil {
		lane = mounts.NewLane(mount, m.limits, time.Now)
		m.lanes[keyOf(mount)] = lane
	}
	return lane
}

// byLetters is the lane of the mount that name is on by its letters, if it may hang. The table may
// be tableAge old, or not read yet: what it does not have is found when it is late.
func (m *mountLanes) byLetters(name string, now time.Time) *mounts.Lane {
	table := m.last.Load()
	if table == nil || now.UnixNano()-m.readAt.Load() >= int64(tableAge) {
		m.refresh()
	}
	if table == nil {
		return nil
	}
	mount, ok := table.Hanging(name)
	if !ok {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.laneOf(mount, ok)
}

// byPath is the lane of the mount that name is on by its letters, and by the links that are
// known. It makes no system call but to read the table.
func (m *mountLanes) byPath(name string) *mounts.Lane {
	name = absolute(name)
	name = m.links.follow(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.relax()
	return m.laneOf(m.current(tableAge).ByPath(name))
}

// relax ends the watch when no lane is in trouble any more. The lock is held.
func (m *mountLanes) relax() {
	if time.Since(m.asked) < lateAfter {
		return
	}
	m.asked = time.Now()
	for _, lane := range m.lanes {
		if lane.State().Troubled() {
			return
		}
	}
	m.watch.Store(false)
}

// find is byPath that follows symbolic links, for a call that is late. The disks that the links are
// on may not answer either, so nobody waits for the lock meanwhile.
func (m *mountLanes) find(name string) *mounts.Lane {
	mount, ok := m.links.resolve(m.tableOf(lateAfter), absolute(name))
	m.mu.Lock()
	defer m.mu.Unlock()
	lane := m.laneOf(mount, ok)
	if lane != nil {
		m.asked = time.Now() // the call is about to be on the lane
		m.watch.Store(true)
	}
	return lane
}

// tableOf is current for those who do not hold the lock.
func (m *mountLanes) tableOf(age time.Duration) *mounts.Table {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current(age)
}

// ofFile is the lane of the file that fd is open on, or nil if its mount cannot hang. device is
// its own. A number that stands for a device, unlike one that was made up, is not given to
// another file system soon.
func (m *mountLanes) ofFile(fd int, device uint64, onDevice bool) *mounts.Lane {
	if table := m.last.Load(); table != nil && onDevice {
		if mount, ok := table.ByDevice(device); ok && mount.Class == mounts.Disk {
			return nil
		}
	}
	unique, known := sysfile.UniqueMountID(fd)
	m.mu.Lock()
	defer m.mu.Unlock()
	if known {
		mount, ok := m.current(tableAge).ByUnique(unique)
		if !ok {
			mount, ok = m.current(troubledAge).ByUnique(unique)
		}
		if ok {
			return m.laneOf(mount, ok)
		}
	}
	if mount, ok := m.current(tableAge).ByDevice(device); ok {
		return m.laneOf(mount, ok)
	}
	mount, known := m.alias[device]
	if !known {
		id, _ := sysfile.MountID(fd)
		var ok bool
		if mount, ok = m.current(tableAge).ByID(id); !ok {
			mount, _ = m.current(lateAfter).ByID(id)
		}
		m.alias[device] = mount
	}
	return m.laneOf(mount, mount.Point != "")
}

// absolute is name from the root. The working directory is asked of the kernel, which knows
// it without the file system.
func absolute(name string) string {
	if !filepath.IsAbs(name) {
		if dir, err := sysfile.Getwd(); err == nil {
			name = dir + "/" + name
		}
	}
	return filepath.Clean(strings.TrimSuffix(name, "/"))
}

// all are the lanes. Of the mounts that are gone they are those that have calls.
func (m *mountLanes) all() []*mounts.Lane {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*mounts.Lane, 0, len(m.lanes))
	for _, lane := range m.lanes {
		all = append(all, lane)
	}
	kept := m.unmounted[:0]
	for _, p := range m.unmounted {
		if lane := p.Value(); lane != nil {
			kept = append(kept, p)
			if !lane.State().Idle() {
				all = append(all, lane)
			}
		}
	}
	m.unmounted = kept
	return all
}

// LaneOf is the lane of the file that fd is open on, with the traits t, or nil if its mount
// cannot hang. That of a simulated system cannot.
func (s *Loops) LaneOf(fd int, t sysfile.Traits) *mounts.Lane {
	if t.Kind < sysfile.Regular || s.Simulated {
		return nil
	}
	return s.lanes.ofFile(fd, t.Device, t.OnDisk)
}
