//go:build unix

package await

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// inChild runs the test of the given name in a process of its own, whose default IO nothing
// has used.
func inChild(t *testing.T, name string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+name+"$", "-test.v")
	cmd.Env = append(append(os.Environ(), childVariable+"=1"), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		t.Errorf("in a child: %v\n%s", err, out)
	}
}

const childVariable = "AWAITIO_TEST_CHILD"

func isChild() bool { return os.Getenv(childVariable) != "" }

func TestConfigureDefault(t *testing.T) {
	if !isChild() {
		inChild(t, t.Name())
		return
	}
	for _, bad := range []Config{{Backend: "none"}, {Workers: -1}} {
		if err := ConfigureDefault(bad); err == nil || errors.Is(err, ErrInUse) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	must(t, ConfigureDefault(Config{Loops: 2, MaxInFlight: 7, IdleTimeout: -1}))
	must(t, ConfigureDefault(proactor.Config{Loops: 3, MaxInFlight: 7, IdleTimeout: -1}))
	io, err := Default()
	must(t, err)
	defer func() { must(t, io.Close()) }()
	must(t, io.Nop(background))
	for loop := range 3 { // more than there may be processors
		proactorOf(t, io, loop)
	}
	if got := io.loops.Config; got.Loops != 3 || got.MaxInFlight != 7 || got.IdleTimeout != 0 {
		t.Errorf("the default IO has %+v", got)
	}
	wantIs(t, ConfigureDefault(Config{}), ErrInUse)
}

// Whatever uses the default IO first, it is configured before that or not at all.
func TestConfigureDefaultRacesWithUse(t *testing.T) {
	if !isChild() {
		inChild(t, t.Name())
		return
	}
	var racing sync.WaitGroup
	configured := make(chan error, 1)
	racing.Go(func() { configured <- ConfigureDefault(Config{Loops: 2, IdleTimeout: time.Minute}) })
	for range 4 {
		racing.Go(func() {
			f, err := Open(os.Args[0])
			if err == nil {
				err = f.Close()
			}
			if _, statErr := Stat(os.Args[0]); err != nil || statErr != nil {
				t.Errorf("open and close: %v, stat: %v", err, statErr)
			}
			_ = defaultIO.Stats()
		})
	}
	racing.Wait()
	err := <-configured
	if err != nil && !errors.Is(err, ErrInUse) {
		t.Fatal(err)
	}
	if got := defaultIO.loops.Config; (err == nil) != (got.Loops == 2) {
		t.Errorf("ConfigureDefault answered %v, and the default IO has %+v", err, got)
	}
	must(t, defaultIO.Close())
}

// The choice of an IO tells who forced its backend, for all its loops.
func TestChoice(t *testing.T) {
	t.Setenv("PROACTOR_BACKEND", "")
	io, err := Start(Config{Loops: 2})
	must(t, err)
	best := io.Choice()
	must(t, io.Close())
	if best.Forced != "" || best.System == "" || best.Backend == "" || best.FellBack() != (len(best.Refused) > 0) {
		t.Errorf("chosen by itself: %+v", best)
	}
	t.Setenv("PROACTOR_BACKEND", best.Backend)
	io, err = Start(Config{Loops: 2})
	must(t, err)
	defer func() { must(t, io.Close()) }()
	if forced := io.Choice(); forced.Forced != "PROACTOR_BACKEND" || forced.Backend != best.Backend || forced.FellBack() {
		t.Errorf("forced by the environment: %+v", forced)
	}
}
