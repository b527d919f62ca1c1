package mounts

import "path"

// A Table is what was mounted at one moment. It does not change: read another one.
type Table struct {
	all      []Mount
	byID     map[uint64]int
	byUnique map[uint64]int
	byDevice map[uint64]int
	hanging  []int // with Class MayHang
}

// NewTable is the table of the mounts all, which are classified.
func NewTable(all []Mount) *Table {
	t := &Table{all: all, byID: make(map[uint64]int, len(all)), byUnique: make(map[uint64]int, len(all)), byDevice: make(map[uint64]int, len(all))}
	for i, m := range all {
		t.byID[m.ID] = i
		t.byDevice[m.Device] = i
		if m.Unique != 0 {
			t.byUnique[m.Unique] = i
		}
		if m.Class == MayHang {
			t.hanging = append(t.hanging, i)
		}
	}
	return t
}

// All are the mounts in the order of their mounting. They are not to be changed.
func (t *Table) All() []Mount { return t.all }

// ByID is the mount with the number id, of statx(2) or name_to_handle_at(2).
func (t *Table) ByID(id uint64) (Mount, bool) {
	i, ok := t.byID[id]
	if !ok {
		return Mount{}, false
	}
	return t.all[i], true
}

// ByUnique is the mount with a unique number, of statx(2).
func (t *Table) ByUnique(unique uint64) (Mount, bool) {
	i, ok := t.byUnique[unique]
	if !ok {
		return Mount{}, false
	}
	return t.all[i], true
}

// ByDevice is a mount of the file system with the device of a file. Bind mounts have several,
// of which it is the last.
func (t *Table) ByDevice(device uint64) (Mount, bool) {
	i, ok := t.byDevice[device]
	if !ok {
		return Mount{}, false
	}
	return t.all[i], true
}

// ByPath is the mount whose point is the longest prefix of name, which is absolute. It asks no
// file system, so a symbolic link in name may lead elsewhere.
func (t *Table) ByPath(name string) (Mount, bool) {
	m := longest(t.all, path.Clean(name), -1)
	return m, m.Point != ""
}

// Hanging is ByPath for mounts that may hang only. It costs next to nothing where no such mount
// is a prefix of name.
func (t *Table) Hanging(name string) (Mount, bool) {
	for _, i := range t.hanging {
		if IsBelow(name, t.all[i].Point) {
			m, _ := t.ByPath(name)
			return m, m.Class == MayHang
		}
	}
	return Mount{}, false
}

// AnyMayHang reports whether a mount may hang.
func (t *Table) AnyMayHang() bool { return len(t.hanging) > 0 }
