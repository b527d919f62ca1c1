//go:build !kqueue

package examples_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// underFilter tells a child to forbid itself io_uring and become the demo.
const underFilter = "AWAITIO_TEST_UNDER_FILTER"

// Where a seccomp filter forbids io_uring, the demo runs unchanged.
func TestDemoRunsWhereIOURingIsForbidden(t *testing.T) {
	if os.Getenv(underFilter) != "" {
		becomeDemo(t)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), underFilter+"=1", "PROACTOR_BACKEND=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"Received: Hello from client!", "recv canceled."} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the demo does not say %q:\n%s", want, out)
		}
	}
}

func becomeDemo(t *testing.T) {
	t.Helper()
	if err := testutil.Forbid(unix.SYS_IO_URING_SETUP, unix.EPERM); err != nil {
		t.Fatal(err)
	}
	t.Fatal(syscall.Exec("/bin/sh", []string{"sh", "demo.sh"}, append(os.Environ(), "GO=go")))
}
