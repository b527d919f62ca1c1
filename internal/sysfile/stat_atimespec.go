//go:build darwin || freebsd || netbsd

package sysfile

import "syscall"

func setTimes(t *syscall.Stat_t, s *Stat) {
	t.Atimespec = syscall.NsecToTimespec(s.AccessTime.UnixNano())
	t.Mtimespec = syscall.NsecToTimespec(s.ModTime.UnixNano())
	t.Ctimespec = syscall.NsecToTimespec(s.ChangeTime.UnixNano())
}
