package mounts

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Each mount has a number of its own, which statx(2) has for its files too.
func TestReadTellsUniqueNumbers(t *testing.T) {
	var s unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, "/proc", 0, unix.STATX_MNT_ID_UNIQUE, &s); err != nil || s.Mask&unix.STATX_MNT_ID_UNIQUE == 0 {
		t.Skipf("this kernel has no unique numbers of mounts: %v", err)
	}
	for range 2 { // the second time they are known
		all, err := Read()
		if err != nil {
			t.Fatal(err)
		}
		m, ok := all.ByUnique(s.Mnt_id)
		if !ok || m.Point != "/proc" {
			t.Errorf("/proc has the number %d, which is that of %+v", s.Mnt_id, m)
		}
		seen := make(map[uint64]bool)
		for _, m := range all.All() {
			if m.Unique == 0 || seen[m.Unique] {
				t.Errorf("%+v has no number of its own", m)
			}
			seen[m.Unique] = true
		}
	}
}
