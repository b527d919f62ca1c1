//go:build unix && !(darwin || freebsd || netbsd)

package await

import (
	"syscall"

	"github.com/awaitio/awaitio/proactor"
)

func setTimes(t *syscall.Stat_t, s *proactor.Stat) {
	t.Atim = syscall.NsecToTimespec(s.AccessTime.UnixNano())
	t.Mtim = syscall.NsecToTimespec(s.ModTime.UnixNano())
	t.Ctim = syscall.NsecToTimespec(s.ChangeTime.UnixNano())
}
