package await

import (
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTTY is the two ends of a terminal.
func openTTY(t *testing.T, io *IO) (terminal, program *File) {
	t.Helper()
	terminal, err := io.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0))
	return terminal, openFile(t, io, "/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY)
}

func TestTerminal(t *testing.T) {
	io := open(t, Config{})
	terminal, program := openTTY(t, io)
	b := make([]byte, 100)
	n, err := terminal.WriteString("typed\n")
	wantCount(t, "typing", n, err, 6)
	n, err = program.Read(b)
	wantCount(t, "reading what was typed", n, err, 6)
	n, err = terminal.Read(b)
	if err != nil || string(b[:n]) != "typed\r\n" {
		t.Errorf("the echo is %q, %v", b[:n], err)
	}
	must(t, program.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	_, err = program.Read(b)
	wantIs(t, err, os.ErrDeadlineExceeded)
	must(t, program.SetReadDeadline(time.Time{}))
	read := later(func() (int, error) { return program.Read(b) })
	waitInFlight(t, io, 1)
	n, err = program.WriteString("while it reads\n") // a read does not hold up a write
	wantCount(t, "writing", n, err, 15)
	must(t, program.Close())
	wantIs(t, receive(t, read, "the read's end").err, os.ErrClosed)
}
