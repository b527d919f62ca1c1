package hangtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// Someone who has only a terminal finds the dead mount there, and how many calls are stuck, on a usual
// terminal and on a small one.
func TestTop(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "awaitio")
	if out, err := exec.Command("go", "build", "-o", tool, "github.com/awaitio/awaitio/cmd/awaitio").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s, aio, page := pageOfADeadMount(t)
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			term := newTerminal(t, size[0], size[1], tool, "top", "-every", "100ms", page.URL)
			frame := term.frame(s.at + " does not answer: 16 calls stuck, the oldest for")
			t.Logf("\n%s", strings.Join(frame, "\n"))
			term.check(frame, aio.Backend(), "(fuse.hang of hangtest)", "stat", "left")
			term.press("q")
		})
	}
	s.thaw()
	eventually(t, "the list is empty", func() bool { return len(aio.Operations(0)) == 0 })
}

// A terminal is the other side of what a program takes for one.
type terminal struct {
	t             *testing.T
	columns, rows int
	master        *os.File
	child         *exec.Cmd
	text          string // written so far
}

// newTerminal runs a program on a terminal of that size: pty(7).
func newTerminal(t *testing.T, columns, rows int, name string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { must(t, master.Close()) })
	must(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.SetNonblock(int(master.Fd()), true)) // Fd has made it block
	own, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	defer own.Close()
	must(t, unix.IoctlSetWinsize(int(own.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)}))
	child := exec.Command(name, args...)
	child.Stdin, child.Stdout, child.Stderr = own, own, own
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, child.Start())
	return &terminal{t: t, columns: columns, rows: rows, master: master, child: child}
}

// frame is the first whole screen that has want, however it is parted into lines. A screen goes from the
// cursor's way home to the clearing of what is below.
func (x *terminal) frame(want string) (lines []string) {
	x.t.Helper()
	must(x.t, x.master.SetReadDeadline(time.Now().Add(patience)))
	room := make([]byte, 4096)
	for {
		n, err := x.master.Read(room)
		if err != nil {
			x.t.Fatalf("%v; no %q in %q", err, want, x.text)
		}
		x.text += string(room[:n])
		for {
			shown, rest, whole := strings.Cut(x.text, "\x1b[J")
			if !whole {
				break
			}
			x.text = rest
			_, shown, _ = strings.Cut(shown, "\x1b[H")
			lines = strings.Split(strings.ReplaceAll(plainText(shown), "\r", ""), "\n") // the terminal adds some
			if strings.Contains(strings.Join(lines, " "), want) {
				return lines
			}
		}
	}
}

// plainText is text without what a terminal is told to do.
func plainText(text string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r >= '@' && r <= '~' })
		text = after[end+1:]
	}
}

// check wants the lines to fit the screen, and to have all that.
func (x *terminal) check(lines []string, want ...string) {
	x.t.Helper()
	if len(lines) > x.rows {
		x.t.Errorf("%d lines", len(lines))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > x.columns {
			x.t.Errorf("%d columns: %q", n, line)
		}
	}
	text := strings.Join(lines, " ")
	for _, w := range want {
		if !strings.Contains(text, w) {
			x.t.Errorf("no %q", w)
		}
	}
}

// press presses a key that ends the program, and wants it to end well.
func (x *terminal) press(key string) {
	x.t.Helper()
	_, err := x.master.WriteString(key)
	must(x.t, err)
	ended := make(chan error, 1)
	go func() { ended <- x.child.Wait() }()
	select {
	case err := <-ended:
		must(x.t, err)
	case <-time.After(patience):
		must(x.t, x.child.Process.Kill())
		x.t.Errorf("it does not end: %v", <-ended)
	}
}
