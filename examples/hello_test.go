//go:build unix

package examples_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// helloInto runs hello with a standard output that t made.
func helloInto(t *testing.T, stdout *os.File) *process {
	t.Helper()
	cmd := exec.Command(program(t, "hello"))
	cmd.Stdout = stdout
	return launchCommand(t, cmd)
}

func TestHelloAppendsToAFile(t *testing.T) {
	for _, mode := range []struct {
		name  string
		flags int
	}{
		{">>", os.O_APPEND},
		{">", os.O_TRUNC}, // the shell's descriptor and its position are shared
	} {
		t.Run(mode.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|mode.flags, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteString("before\n"); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				helloInto(t, f).wantEnd(t, 0, nil)
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if want := "before\nHello world\nHello world\n"; string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestHelloWritesToAPipe(t *testing.T) {
	r, w := pipe(t)
	defer r.Close()
	helloInto(t, w).wantEnd(t, 0, nil)
	buf := make([]byte, 100)
	n, err := r.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(buf[:n]); got != "Hello world\n" {
		t.Errorf("got %q", got)
	}
}

func TestHelloReportsAClosedPipe(t *testing.T) {
	r, w := pipe(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	helloInto(t, w).wantEnd(t, 1, []string{"write (descriptor N): broken pipe"})
}

func TestHelloReportsAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no /dev/full on this system")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	helloInto(t, full).wantEnd(t, 1, []string{"write (descriptor N): no space left on device"})
}

// pipe returns a pipe whose writing end t closes.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, w
}
