//go:build unix

package fdcall

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// The caller of an open may leave when the open has succeeded and its result is on the
// way: the proactor, asked too late, has given the descriptor out.
func TestAbandonedOpenWhoseResultIsOnItsWay(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	fd, err := unix.Open("/dev/zero", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	w, err := s.First().Waiter(background)
	must(t, err)
	o := new(opening)
	o.state.Store(abandoned)
	o.deliver(&w.C, proactor.Result{N: fd})
	testutil.Eventually(t, patience, func() bool {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		return err == unix.EBADF
	}, "the end of descriptor %d", fd)
}
