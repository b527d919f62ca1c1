//go:build !kqueue

package netsuite

import (
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func init() { testutil.ConfineChild() }

// The seccomp profile that the documents recommend lets connections do all they can, on each backend.
func TestUnderTheProfile(t *testing.T) {
	for _, backend := range []string{"io_uring", "epoll"} {
		t.Run(backend, func(t *testing.T) {
			testutil.RunConfined(t, "../../docs/seccomp-awaitio.json", nil, "^TestConnIsANetConn$", "PROACTOR_BACKEND="+backend)
		})
	}
}
