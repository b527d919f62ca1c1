//go:build !kqueue

package await

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func init() { testutil.ConfineChild() }

const (
	profile       = "../docs/seccomp-awaitio.json"
	profiledTests = "^Test(FileIsAReader|DirFSIsAnFS|ContextEndsABlockedRead|BackendOfAProfile)$"
)

// The seccomp profile that the documents recommend lets connections and files do all they
// can, and each backend run.
func TestUnderTheProfile(t *testing.T) {
	for _, backend := range []string{"io_uring", "epoll"} {
		t.Run(backend, func(t *testing.T) {
			testutil.RunConfined(t, profile, nil, profiledTests, "PROACTOR_BACKEND="+backend, wantedBackend+"="+backend)
		})
	}
}

// Without any one of io_uring's three calls all goes on with epoll.
func TestUnderTheProfileWithoutIOURing(t *testing.T) {
	for _, call := range []string{"io_uring_setup", "io_uring_enter", "io_uring_register"} {
		t.Run(call, func(t *testing.T) {
			testutil.RunConfined(t, profile, []string{call}, profiledTests, "PROACTOR_BACKEND=", wantedBackend+"=epoll")
		})
	}
}

const wantedBackend = "AWAITIO_TEST_WANTED_BACKEND"

// What is not in a profile is refused, or the tests above would say nothing; and the backend is
// the one that they want.
func TestBackendOfAProfile(t *testing.T) {
	want := os.Getenv(wantedBackend)
	if want == "" {
		return // not in a child
	}
	if err := unix.Acct("/no/such/file"); err != unix.EPERM {
		t.Errorf("acct(2) under the profile: %v", err)
	}
	io := open(t, Config{})
	if got := io.Choice(); got.Backend != want || want == "epoll" && got.Forced == "" && !got.FellBack() {
		t.Errorf("the choice is %+v, want %s", got, want)
	}
}
