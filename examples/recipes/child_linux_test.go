package recipes

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestRunChild(t *testing.T) {
	must(t, RunChild(t.Context(), t.Context(), exec.Command("true")))
	var exit *exec.ExitError
	if err := RunChild(t.Context(), t.Context(), exec.Command("sh", "-c", "exit 7")); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("got %v, want exit status 7", err)
	}
}

func TestRunChildStopsIt(t *testing.T) {
	for signal, script := range map[syscall.Signal]string{
		syscall.SIGTERM: "echo; exec sleep 1000",
		syscall.SIGKILL: "trap '' TERM; echo; exec sleep 1000", // which inherits that
	} {
		ctx, end := context.WithCancel(t.Context())
		kill, endKill := context.WithCancel(t.Context())
		if signal == syscall.SIGKILL {
			endKill()
		}
		r, w, err := os.Pipe()
		must(t, err)
		cmd := exec.Command("sh", "-c", script)
		cmd.Stdout = w
		go func() {
			_, _ = r.Read(make([]byte, 1)) // the script is past its trap
			end()
		}()
		err = RunChild(ctx, kill, cmd)
		endKill()
		must(t, errors.Join(w.Close(), r.Close()))
		var exit *exec.ExitError
		if !errors.Is(err, context.Canceled) || !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != signal {
			t.Errorf("%s: got %v, want %v", script, err, signal)
		}
	}
}
