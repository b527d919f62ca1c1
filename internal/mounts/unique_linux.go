package mounts

import "sync"

// uniques are the unique numbers of mounts and what mountinfo calls these, which stays as it is for as long
// as they are mounted. So each mount is asked about once.
type uniques struct {
	mu     sync.Mutex
	number map[uint64]uint64 // by unique number
}

var known uniques

// fill sets the Unique of each mount, where the system tells.
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
