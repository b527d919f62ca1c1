package testutil

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// profileVariable tells a child which system calls it may make, by number.
const profileVariable = "AWAITIO_TEST_ALLOWED"

// ConfineChild binds a child of RunConfined to its profile. A package whose tests are run so calls
// it when it is initialised.
func ConfineChild() {
	allowed := os.Getenv(profileVariable)
	if allowed == "" {
		return
	}
	var calls []uint32
	for text := range strings.SplitSeq(allowed, ",") {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			panic(err)
		}
		calls = append(calls, uint32(n))
	}
	if err := AllowOnly(calls, unix.EPERM); err != nil {
		panic(err)
	}
}

// RunConfined runs the tests of this binary that pattern matches in a child that may only make
// the system calls of a seccomp profile in the format of container runtimes, but for those
// in without. It fails t if they fail, or if there are none.
func RunConfined(t *testing.T, profile string, without []string, pattern string, env ...string) {
	t.Helper()
	numbers := callNumbers(t)
	var allowed []string
	for _, name := range allowedBy(t, profile) {
		n, known := numbers[name]
		if known && !slices.Contains(without, name) {
			allowed = append(allowed, n)
		}
	}
	cmd := exec.Command(os.Args[0], "-test.run="+pattern, "-test.v", "-test.short")
	cmd.Env = append(append(os.Environ(), env...), profileVariable+"="+strings.Join(allowed, ","))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("with %d system calls, without %v: %v\n%s", len(allowed), without, err, out)
	}
}

// allowedBy are the names of the calls that a profile allows.
func allowedBy(t *testing.T, profile string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		DefaultAction string
		Syscalls      []struct {
			Names  []string
			Action string
		}
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	if parsed.DefaultAction != "SCMP_ACT_ERRNO" {
		t.Errorf("by default the profile does %s", parsed.DefaultAction)
	}
	for _, s := range parsed.Syscalls {
		if s.Action != "SCMP_ACT_ALLOW" {
			t.Errorf("the profile has the action %s", s.Action)
		}
		names = append(names, s.Names...)
	}
	return names
}

var callConstant = regexp.MustCompile(`(?m)^\s*SYS_(\w+)\s*=\s*(\d+)$`)

// callNumbers are the numbers of this system's calls by name, which package unix has as
// constants only.
func callNumbers(t *testing.T) map[string]string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if err != nil {
		t.Fatalf("find package unix: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), fmt.Sprintf("zsysnum_linux_%s.go", runtime.GOARCH)))
	if err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]string)
	for _, found := range callConstant.FindAllStringSubmatch(string(text), -1) {
		numbers[strings.ToLower(found[1])] = found[2]
	}
	return numbers
}
