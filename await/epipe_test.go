//go:build unix

package await

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// writesTo tells the child which descriptor to write to, and in which way.
const writesTo = "AWAITIO_TEST_WRITES_TO"

// A write to the descriptor 1 or 2 that nobody reads any more ends the process with
// SIGPIPE, unless it wants to hear of that, and another fails with EPIPE: as with
// package os.
func TestBrokenPipeOfStandardOutput(t *testing.T) {
	if how := os.Getenv(writesTo); how != "" {
		writeToNobody(t, how)
		return
	}
	for _, fd := range []int{1, 2, 3} {
		for _, signals := range []string{"default", "ignored", "notified"} {
			ends := map[string]string{}
			for _, way := range []string{"os", "await"} {
				ends[way] = endOfWriter(t, fmt.Sprintf("%s %d %s", way, fd, signals), fd)
			}
			if ends["await"] != ends["os"] {
				t.Errorf("descriptor %d, signals %s: %q, and with package os %q", fd, signals, ends["await"], ends["os"])
			}
			if died := strings.Contains(ends["os"], "broken pipe"); died != (fd < 3 && signals == "default") {
				t.Errorf("descriptor %d, signals %s: package os says %q", fd, signals, ends["os"])
			}
		}
	}
}

// endOfWriter is how a child ends that writes to fd as how says.
func endOfWriter(t *testing.T, how string, fd int) string {
	t.Helper()
	r, w := pipe(t)
	closeFD(t, r)
	cmd := exec.Command(os.Args[0], "-test.run=^TestBrokenPipeOfStandardOutput$")
	cmd.Env = append(os.Environ(), writesTo+"="+how)
	dup, err := unix.FcntlInt(uintptr(w), unix.F_DUPFD_CLOEXEC, 0)
	must(t, err)
	broken := os.NewFile(uintptr(dup), "pipe")
	defer broken.Close()
	switch fd {
	case 1:
		cmd.Stdout = broken
	case 2:
		cmd.Stderr = broken
	default:
		cmd.ExtraFiles = []*os.File{broken}
	}
	return fmt.Sprint(cmd.Run())
}

// The exit codes of a child that a write has not ended.
const (
	exitEPIPE = 40
	exitOther = 41
)

func writeToNobody(t *testing.T, how string) {
	parts := strings.Fields(how)
	fd, err := strconv.Atoi(parts[1])
	must(t, err)
	switch parts[2] {
	case "ignored":
		signal.Ignore(syscall.SIGPIPE)
	case "notified":
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	}
	write := os.NewFile(uintptr(fd), "file").Write
	if parts[0] == "await" {
		f, err := NewFile(uintptr(fd), "file")
		must(t, err)
		write = f.Write
	}
	for range 3 { // it stays so
		if n, err := write([]byte("line\n")); n != 0 || !errors.Is(err, syscall.EPIPE) {
			os.Exit(exitOther)
		}
	}
	os.Exit(exitEPIPE)
}
