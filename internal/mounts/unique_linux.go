package mounts

import "sync"

// uniques maps the unique numbers of mounts to the numbers in mountinfo. A mount keeps both while it
// is mounted, so the kernel is asked about each mount once.
type uniques struct {
	mu     sync.Mutex
	number map[uint64]uint64 // by unique number
}

var known uniques

// fill sets the Unique of each mount, if the system has such numbers.
func (u *uniques) fill(all []Mount) {
	listed, err := listMounts()
	if err != nil {
		return // before Linux 6.8, or forbidden
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	there, byNumber := make(map[uint64]uint64, len(listed)), make(map[uint64]uint64, len(listed))
	for _, unique := range listed {
		number, ok := u.number[unique]
		if !ok {
			number, ok = mountNumber(unique)
		}
		if ok {
			there[unique], byNumber[number] = number, unique
		}
	}
	u.number = there
	for i := range all {
		all[i].Unique = byNumber[all[i].ID]
	}
}
