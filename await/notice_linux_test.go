//go:build !kqueue

package await

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// Where io_uring is forbidden a program is told so without asking.
func TestNoticeOfAFallback(t *testing.T) {
	if !isChild() {
		inChild(t, t.Name(), "PROACTOR_BACKEND=")
		return
	}
	must(t, testutil.Forbid(unix.SYS_IO_URING_SETUP, unix.EPERM))
	io, notices := openNoticed(t, Config{})
	n := nextNotice(t, notices, proactor.NoticeFellBack)
	wantIs(t, n.Err, unix.EPERM)
	if n.Backend != "epoll" || !strings.Contains(n.String(), "seccomp") {
		t.Errorf("told of %q", n)
	}
	chosen := io.Choice()
	if !chosen.FellBack() || chosen.Refused[0].Backend != "io_uring" || chosen.Forced != "" {
		t.Errorf("the choice is %+v", chosen)
	}
}
