package repotest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A program that uses package await, and looks at nothing, links no server and no logger. It links
// runtime/pprof, of which the linker leaves the labels of contexts: 32 KiB.
func TestAwaitLinksNoServer(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "./await", "./timeout")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	for _, p := range []string{"net/http", "expvar", "log/slog", "html/template", "encoding/json", "crypto/sha256"} {
		if slices.Contains(linked, p) {
			t.Errorf("package await links %s", p)
		}
	}
	if !slices.Contains(linked, module+"/proactor") {
		t.Errorf("go list tells of %q", linked)
	}
}
