//go:build darwin || freebsd || netbsd

package await

import (
	"syscall"

	"github.com/awaitio/awaitio/proactor"
)

func setTimes(t *syscall.Stat_t, s *proactor.Stat) {
	t.Atimespec = syscall.NsecToTimespec(s.AccessTime.UnixNano())
	t.Mtimespec = syscall.NsecToTimespec(s.ModTime.UnixNano())
	t.Ctimespec = syscall.NsecToTimespec(s.ChangeTime.UnixNano())
}
