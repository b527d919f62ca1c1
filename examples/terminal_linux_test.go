package examples_test

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHelloWritesToATerminal(t *testing.T) {
	screen, terminal := openTerminal(t)
	helloInto(t, terminal).wantEnd(t, 0, nil)
	buf := make([]byte, 100)
	n, err := screen.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(buf[:n]); got != "Hello world\r\n" {
		t.Errorf("got %q", got)
	}
}

// openTerminal returns a pseudo-terminal: what is written to one end appears on
// the other.
func openTerminal(t *testing.T) (screen, terminal *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlock the terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("get the terminal's number: %v", err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return screen, terminal
}
