// Package program runs the program under test, in a test: the test binary
// itself, which its environment tells to be that program. So nothing has to be
// built, and the race detector watches the program where it watches the test.
//
// TestMain has to play along:
//
//	if program.Called() {
//		main()
//		return
//	}
package program

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen. Only a test that fails
// takes so long.
const Patience = 30 * time.Second

const variable = "AWAITIO_EXAMPLE"

// Called reports whether this process is to be the program.
func Called() bool { return os.Getenv(variable) != "" }

// A Process is the program, running.
type Process struct {
	Stdout, Stderr Output
	cmd            *exec.Cmd
	ended          chan struct{}
}

// Start starts the program. t kills it if it is still there at the end.
func Start(t *testing.T, args ...string) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: exec.Command(self, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.Stdout, &p.Stderr
	// With the race detector in it, a program would sleep a second before it ends.
	p.cmd.Env = append(os.Environ(), variable+"=1", "GORACE=atexit_sleep_ms=0")
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // Code tells
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // fails where it has ended
		<-p.ended
	})
	return p
}

// Signal sends p a signal.
func (p *Process) Signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// HasEnded reports whether p has.
func (p *Process) HasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Code waits for the end of p and returns the exit status.
func (p *Process) Code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(Patience):
		t.Fatalf("still running after %v; stderr: %s", Patience, p.Stderr.String())
		panic("unreachable")
	}
}

// Want runs the program to its end, and fails t unless it has this exit status
// and says this on the standard error.
func Want(t *testing.T, code int, words string, args ...string) {
	t.Helper()
	p := Start(t, args...)
	if got := p.Code(t); got != code || !strings.Contains(p.Stderr.String(), words) {
		t.Errorf("%q: got exit status %d and %q, want %d and %q", args, got, p.Stderr.String(), code, words)
	}
}

// Output is what a process has written so far.
type Output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds p.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is all of it.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
