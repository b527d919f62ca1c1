//go:build unix && !(darwin || freebsd || netbsd)

package sysfile

import "syscall"

func setTimes(t *syscall.Stat_t, s *Stat) {
	t.Atim = syscall.NsecToTimespec(s.AccessTime.UnixNano())
	t.Mtim = syscall.NsecToTimespec(s.ModTime.UnixNano())
	t.Ctim = syscall.NsecToTimespec(s.ChangeTime.UnixNano())
}
