//go:build !kqueue

package proactor

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// forbidden tells the child which errno a system call is to answer.
const forbidden = "AWAITIO_TEST_FORBIDDEN"

// forbiddenCalls are the calls that a filter may forbid, each without the others.
var forbiddenCalls = map[string]uint32{
	"setup": unix.SYS_IO_URING_SETUP, "enter": unix.SYS_IO_URING_ENTER, "register": unix.SYS_IO_URING_REGISTER,
}

var forbiddenErrnos = map[string]unix.Errno{"EPERM": unix.EPERM, "ENOSYS": unix.ENOSYS, "EACCES": unix.EACCES}

func TestFallsBackToEpollWhereIOURingIsForbidden(t *testing.T) {
	for errno := range forbiddenErrnos {
		for call := range forbiddenCalls {
			t.Run(call+" "+errno, func(t *testing.T) {
				cmd := exec.Command(os.Args[0], "-test.run=^TestForbiddenIOURing$", "-test.v")
				cmd.Env = append(os.Environ(), forbidden+"="+call+" "+errno, backendVariable+"=")
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), "--- PASS: TestForbiddenIOURing") {
					t.Errorf("in a child whose io_uring_%s fails with %s: %v\n%s", call, errno, err, out)
				}
			})
		}
	}
}

// TestForbiddenIOURing does its work in the child of the test above, and in a
// process that may use io_uring it shows that this is what makes the difference.
func TestForbiddenIOURing(t *testing.T) {
	call, name, _ := strings.Cut(os.Getenv(forbidden), " ")
	if name == "" {
		t.Setenv(backendVariable, "")
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if p.Backend() != "io_uring" {
			t.Errorf("the backend of a process that may use io_uring is %s", p.Backend())
		}
		return
	}
	errno := forbiddenErrnos[name]
	if err := testutil.Forbid(forbiddenCalls[call], errno); err != nil {
		t.Fatal(err)
	}
	testutil.CheckLeaks(t)
	_, err := New(Config{Backend: "io_uring"})
	if !errors.Is(err, errno) || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "seccomp") {
		t.Errorf("forced: %v; want %v, unsupported, with the likely cause", err, errno)
	}
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Backend() != "epoll" {
		t.Errorf("fell back to %s", p.Backend())
	}
	if why := p.BackendsPassed(); !errors.Is(why, errno) || !strings.Contains(why.Error(), "seccomp") {
		t.Errorf("and says of io_uring: %v", why)
	}
	exchangeBytes(t, p)
}
