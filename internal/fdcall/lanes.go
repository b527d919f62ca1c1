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

// mountLanes are the lanes of the mounts that may hang and have had calls. A path is looked up by its
// name, which costs little. Its symbolic links are looked up too while watch is set.
type mountLanes struct {
	limits  mounts.Limits
	watch   atomic.Bool   // a lane is in trouble: calls by path look up symbolic links
	left    atomic.Uint64 // total of calls that were left by their callers
	late    atomic.Uint64 // total of calls that were late
	refused atomic.Uint64 // total of calls that were refused
	links   links

	last    atomic.Pointer[mounts.Table] // table, to read without the lock
	readAt  atomic.Int64                 // read, to read without the lock
	reading atomic.Bool                  // a goroutine of refresh reads the table

	mu        sync.Mutex
	table     *mounts.Table
	read      time.Time // when table was read
	asked     time.Time // when it was last checked that watch must stay set
	lanes     map[laneKey]*mounts.Lane
	unmounted []weak.Pointer[mounts.Lane] // of mounts that are gone: open files may still use them
	alias     map[uint64]mounts.Mount     // by devices that the table does not have, as of btrfs subvolumes
}

// A laneKey tells a mount from a later one at the same point. The kernel gives the numbers of an
// unmounted mount to a later one, except for the unique number.
type laneKey struct {
	id, unique, device uint64
	point              string
}

// tableAge is the age at which the table of mounts is read again.
const tableAge = 10 * time.Second

// troubledAge is the same while a mount refuses calls or is not in the table: it may have been mounted
// again.
const troubledAge = time.Second

func newMountLanes(config proactor.Config) *mountLanes {
	limits := mounts.Limits{
		Slots: 64, Quiet: 16, StuckMax: 16, LostMax: 64,
		QuietAfter: lateAfter, StuckAfter: time.Second, HungAfter: 30 * time.Second,
		RetryMin: time.Second, RetryMax: time.Minute,
	}
	if config.MountWorkers > 0 {
		limits.Slots = config.MountWorkers
	}
	if config.StuckMax > 0 {
		limits.StuckMax = config.StuckMax
	}
	limits.StuckMax = min(limits.StuckMax, limits.Slots) // more calls cannot be stuck
	limits.Quiet = limits.StuckMax                       // this many must be able to get stuck
	if config.StuckAfter > 0 {
		limits.StuckAfter = config.StuckAfter
	}
	return &mountLanes{limits: limits, lanes: make(map[laneKey]*mounts.Lane)}
}

// current returns the table, read again if it is older than age. If it cannot be read, the last one
// stays in use. The lock is held.
func (m *mountLanes) current(age time.Duration) *mounts.Table {
	if m.table == nil || time.Since(m.read) >= age {
		m.install(readTable())
	}
	return m.table
}

// readTable returns nil if the table cannot be read, for example because no descriptor is left.
func readTable() *mounts.Table {
	table, err := mounts.Read()
	if err != nil {
		return nil
	}
	return table
}

// install makes table the current one. If table is nil, it keeps the last one, or installs an empty
// one, with which no mount may hang. Lanes of mounts that are gone serve only files that are still
// open and calls under way. The lock is held.
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

// refresh has a goroutine read the table again, unless one does already. Calls do not wait for it,
// since there may be many mounts.
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

// laneOf returns the lane of a mount, or nil if the mount cannot hang or ok is false. The lock is held.
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

// byName returns the lane of the mount that name is on if it leads through no symbolic link and is
// absolute, or nil if that mount cannot hang. The table may be tableAge old, or not read yet: a call
// on a mount that it does not have is moved to its lane when it is late (leavableCall.findLane).
func (m *mountLanes) byName(name string, now time.Time) *mounts.Lane {
	table := m.last.Load()
	if table == nil || now.UnixNano()-m.readAt.Load() >= int64(tableAge) {
		m.refresh()
	}
	if table == nil {
		return nil
	}
	mount, ok := table.MayHangByPath(name)
	if !ok {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.laneOf(mount, ok)
}

// byPath is byName that makes name absolute and follows the symbolic links that are known. It makes
// no system call other than to read the table and the working directory.
func (m *mountLanes) byPath(name string) *mounts.Lane {
	name = absolute(name)
	name = m.links.follow(name)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.relax()
	return m.laneOf(m.current(tableAge).ByPath(name))
}

// relax clears watch when no lane is in trouble any more. The lock is held.
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

// find is byPath that reads symbolic links, for a call that is late. It does not hold the lock while
// it reads them, because the disks that they are on may not answer either.
func (m *mountLanes) find(name string) *mounts.Lane {
	mount, ok := m.links.resolve(m.tableOf(lateAfter), absolute(name))
	m.mu.Lock()
	defer m.mu.Unlock()
	lane := m.laneOf(mount, ok)
	if lane != nil {
		m.asked = time.Now() // so that relax does not clear watch before the call is on the lane
		m.watch.Store(true)
	}
	return lane
}

// tableOf is current for callers that do not hold the lock.
func (m *mountLanes) tableOf(age time.Duration) *mounts.Table {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current(age)
}

// ofFile returns the lane of the file that fd is open on, or nil if its mount cannot hang. device is
// the file's device number. onDevice says that it is the number of a real device: then, unlike one
// that the kernel made up for a file system, it does not belong to another file system soon.
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

// absolute returns name as an absolute path. It asks the kernel for the working directory, which
// does not ask the file system.
func absolute(name string) string {
	if !filepath.IsAbs(name) {
		if dir, err := sysfile.Getwd(); err == nil {
			name = dir + "/" + name
		}
	}
	return filepath.Clean(strings.TrimSuffix(name, "/"))
}

// all returns the lanes of the current mounts, and of mounts that are gone if they have calls.
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

// LaneOf returns the lane of the file that fd is open on, which has the traits t. It returns nil if
// the mount cannot hang, as on a simulated system.
func (s *Loops) LaneOf(fd int, t sysfile.Traits) *mounts.Lane {
	if t.Kind < sysfile.Regular || s.Simulated {
		return nil
	}
	return s.lanes.ofFile(fd, t.Device, t.OnDisk)
}
