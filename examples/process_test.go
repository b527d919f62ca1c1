//go:build unix

package examples_test

import (
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// patience is how long a test waits for what must happen. Only a test that fails
// takes so long.
const patience = 20 * time.Second

// A process is an example that runs.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr string        // paths of files
	ended          chan struct{} // it has
}

// launch starts an example. t kills it if it is still there at the end.
func launch(t *testing.T, name string, args ...string) *process {
	t.Helper()
	return launchCommand(t, exec.Command(program(t, name), args...))
}

// launchCommand gives cmd the outputs it does not have, and starts it.
func launchCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{cmd, filepath.Join(dir, "stdout"), filepath.Join(dir, "stderr"), make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = create(t, p.stdout)
	}
	if cmd.Stderr == nil {
		cmd.Stderr = create(t, p.stderr)
	}
	// With the race detector in it, a program would sleep a second before it ends.
	cmd.Env = append(cmd.Environ(), "GORACE=atexit_sleep_ms=0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // code tells
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // fails where it has ended
		<-p.ended
	})
	return p
}

func create(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// code waits for the end of p and returns the exit status.
func (p *process) code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("still running after %v; stderr: %q", patience, p.lines(t))
		panic("unreachable")
	}
}

// wantEnd waits for the end of p and fails t unless it has this status and these
// lines on stderr. The variants are other lines that will do.
func (p *process) wantEnd(t *testing.T, code int, lines []string, variants ...[]string) {
	t.Helper()
	gotCode, got := p.code(t), p.lines(t)
	equal := func(want []string) bool { return slices.Equal(want, got) }
	if gotCode != code || !equal(lines) && !slices.ContainsFunc(variants, equal) {
		t.Errorf("%s: got exit status %d and\n\t%s\nwant %d and\n\t%s", filepath.Base(p.cmd.Path),
			gotCode, strings.Join(got, "\n\t"), code, strings.Join(lines, "\n\t"))
	}
}

// descriptor is the part of a line that differs from run to run.
var descriptor = regexp.MustCompile(`\(descriptor \d+\)`)

// listening is the line of a server that has begun.
var listening = regexp.MustCompile(`(?m)^listening on \S+:\d+\n`)

// lines are those on stderr so far, without where a server listens; a descriptor's number is N.
func (p *process) lines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(p.stderr)
	if err != nil {
		t.Fatal(err)
	}
	text = listening.ReplaceAll(text, nil)
	if len(text) == 0 {
		return nil
	}
	text = descriptor.ReplaceAll(text, []byte("(descriptor N)"))
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// awaitLine waits until a line is on stderr.
func (p *process) awaitLine(t *testing.T, line string) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool { return slices.Contains(p.lines(t), line) }, "the line %q", line)
}

// signal sends p a signal.
func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// unusedAddr returns an address that nothing listens on. Its port is below those
// that Linux gives to outgoing connections, so that no such connection takes it
// before a server does, or connects to itself for want of one.
func unusedAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(10000)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("no free port")
	panic("unreachable")
}

// serve starts a server on a port of its own and waits until it listens there.
func serve(t *testing.T, name string, args ...string) (p *process, addr string) {
	t.Helper()
	return serveWith(t, name, exec.Command, args...)
}

// serveWith is serve for a server that something else starts.
func serveWith(t *testing.T, name string, command func(string, ...string) *exec.Cmd, args ...string) (p *process, addr string) {
	t.Helper()
	path := program(t, name)
	for range 10 {
		addr = unusedAddr(t)
		p = launchCommand(t, command(path, append([]string{"-addr", addr}, args...)...))
		testutil.Eventually(t, patience, func() bool { return p.hasEnded() || p.listens(t, addr) },
			"%s to listen on %s", name, addr)
		if !p.hasEnded() {
			return p, addr
		}
		if lines := p.lines(t); !strings.Contains(strings.Join(lines, "\n"), "address already in use") {
			t.Fatalf("%s %q ended: %q", name, args, lines)
		}
	}
	t.Fatal("every port was taken")
	panic("unreachable")
}

// listens reports whether p does: servers say so. That addr can be connected to would not be
// enough, as it may have been somebody else's in the end.
func (p *process) listens(t *testing.T, addr string) bool {
	t.Helper()
	text, err := os.ReadFile(p.stderr)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "listening on "+addr+"\n") {
		return false
	}
	delayed := slices.ContainsFunc(p.cmd.Args, func(arg string) bool { return strings.HasSuffix(arg, "_delay") })
	return !delayed || len(p.lines(t)) > 0 // it has told of its delay too
}
