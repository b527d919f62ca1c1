// Package planted switches bugs of the examples on, and sees to it that their tests find them.
package planted

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// variable names the bug that is switched on. Children of sim.Run inherit it.
const variable = "SIMULATED_BUG"

// Is reports whether the bug of that name is switched on.
func Is(bug string) bool { return os.Getenv(variable) == bug }

// seedsMax is within how many seeds each bug is to be found.
const seedsMax = "200"

// Find runs a test of the calling package, or one within it as in "TestX/name", once more, in a process of its own with a bug switched on,
// and fails t if the test passes all the same, or if what it tells lacks some of the words. The
// process works in a directory of its own, so that the failure is not kept in testdata.
func Find(t *testing.T, test, bug string, words ...string) {
	t.Helper()
	if Is(bug) {
		return
	}
	if testing.Short() {
		t.Skip("it runs up to 200 seeds")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(test, "/", "$/^")+"$", "-test.v")
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), variable+"="+bug, "SIM_COUNT="+seedsMax)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("with %q the test passes:\n%s", bug, out)
	}
	for _, w := range words {
		if !strings.Contains(string(out), w) {
			t.Errorf("with %q the report lacks %q:\n%s", bug, w, out)
		}
	}
	t.Logf("%s", out)
}
