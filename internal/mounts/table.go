package mounts

import "path"

// A Table is the list of mounts at one moment. It does not change.
type Table struct {
	all      []Mount
	byID     map[uint64]int
	byUnique map[uint64]int
	byDevice map[uint64]int
	mayHang  []int // indices of mounts with Class MayHang
}

// NewTable returns the table of the mounts all, after Classify.
func NewTable(all []Mount) *Table {
	t := &Table{all: all, byID: make(map[uint64]int, len(all)), byUnique: make(map[uint64]int, len(all)), byDevice: make(map[uint64]int, len(all))}
	for i, m := range all {
		t.byID[m.ID] = i
		t.byDevice[m.Device] = i
		if m.Unique != 0 {
			t.byUnique[m.Unique] = i
		}
		if m.Class == MayHang {
			t.mayHang = append(t.mayHang, i)
		}
	}
	return t
}

// All returns the mounts in the order in which they were mounted. The caller must not change them.
func (t *Table) All() []Mount { return t.all }

// ByID returns the mount with the number that statx(2) or name_to_handle_at(2) returns.
func (t *Table) ByID(id uint64) (Mount, bool) { return t.find(t.byID, id) }

// ByUnique returns the mount with the unique number that statx(2) returns.
func (t *Table) ByUnique(unique uint64) (Mount, bool) { return t.find(t.byUnique, unique) }

// ByDevice returns the last mount of the file system with the device number of a file. Bind mounts
// give a file system several.
func (t *Table) ByDevice(device uint64) (Mount, bool) { return t.find(t.byDevice, device) }

func (t *Table) find(by map[uint64]int, number uint64) (Mount, bool) {
	i, ok := by[number]
	if !ok {
		return Mount{}, false
	}
	return t.all[i], true
}

// ByPath returns the mount whose point is the longest prefix of the absolute path name. It asks no
// file system, so a symbolic link in name may lead to another mount.
func (t *Table) ByPath(name string) (Mount, bool) {
	m := longest(t.all, path.Clean(name), -1)
	return m, m.Point != ""
}

// MayHangByPath is ByPath that reports false for a mount that cannot hang. It is quick for a name
// that is below no mount that may.
func (t *Table) MayHangByPath(name string) (Mount, bool) {
	for _, i := range t.mayHang {
		if IsBelow(name, t.all[i].Point) {
			m, _ := t.ByPath(name)
			return m, m.Class == MayHang
		}
	}
	return Mount{}, false
}

// AnyMayHang reports whether a mount may hang.
func (t *Table) AnyMayHang() bool { return len(t.mayHang) > 0 }
