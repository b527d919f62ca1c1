//go:build unix

package sim_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// manySeeds are bugs that need many seeds.
var manySeeds = []string{"replica without sync", "read without write-back"}

// TestBugsAreFound runs the tests of TestPlanted, each in a process of its own, and compares
// what they tell. Where a file of testdata has the whole report, it must be that, but for
// numbers that vary.
func TestBugsAreFound(t *testing.T) {
	for name, want := range map[string][]string{
		"order without a key":     {"orders, and 20 were made", "partition: [shop]", "fails 5 of 5", "it fails too if every packet takes the least time", "SIM_SEED="},
		"replica without sync":    {"failed after", "loses power"},
		"read without write-back": {"not linearizable", "partition of all"},
		"log without sync":        {"0 entries of 1 that are safe", "write of 11 bytes", "/log: 0 of 1519 bytes"},
		"log without its name":    {"0 entries of 1 that are safe", "/log: create", "/log: is not there"},
		"log without checksums":   {"2 entries of 1 that are safe", "which differ from the byte at"},
		"program fails":           {"host api: its program returned: no configuration", "1.000000"},
		"panics":                  {"seed 7 failed", "panic: index out of luck"},
		"host twice":              {"planted_test.go:", `there is a host "api" already`},
		"nemesis without a start": {"planted_test.go:", "nemesis \"idle\" has no Start"},
		"host after the end":      {"planted_test.go:", "seed 1", `host "late" is made after the end of its World`},
		"goroutine stays":         {"outlived their host by an hour", "1 of host api, boot 1, in", "goroutineStays"},
		"test's goroutine stays":  {"seed 1", "no host has started", "(chan receive) in", "waitForNobody", "started by", "testsGoroutineStays"},
		"locks in a cycle":        {"seed 1", "of host api", "l.second, waited for at", "l.first, waited for at", "(*locks).forth", "(*locks).back", "held, as a guess"},
		"waits for a goroutine":   {"has not ended after 1h0m0s", "WaitGroup", "waitForNobody", "waitsForAGoroutine"},
		"spins":                   {"stands still", "goroutine", "of host api", "spins"},
		"real socket":             {"stands still", "outside of the simulation", "realSocket"},
		"does not end":            {"has not ended after 10m0s", "doesNotEnd"},
		"never":                   {"with none of 5 seeds was it the case that the seed is nine"},
		"always":                  {"it does not always hold that the count is below three: it is 3"},
		"needs two faults":        {" 2 are needed", "pause: [n1]", "kill: [n2]"},
		"overtaken":               {"is number 0", "no faults happened", "it does not fail if every packet takes the least time"},
		"last boot":               {"closed true, crashed true"},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && slices.Contains(manySeeds, name) {
				t.Skip("it is found after many seeds")
			}
			if name == "spins" && strings.HasPrefix(runtime.Version(), "go1.25") {
				t.Skip("stacks have labels from Go 1.26 on: it takes a minute")
			}
			t.Parallel()
			dir := t.TempDir()
			report := runPlanted(t, dir, name)
			for _, part := range want {
				if !strings.Contains(report, part) {
					t.Errorf("the report lacks %q:\n%s", part, report)
				}
			}
			compareReport(t, name, report)
		})
	}
}

// runPlanted is what a planted test tells.
func runPlanted(t *testing.T, dir, name string, env ...string) string {
	t.Helper()
	pattern := "^TestPlanted$/^" + strings.ReplaceAll(name, " ", "_") + "$"
	cmd := exec.Command(os.Args[0], "-test.run="+pattern, "-test.v")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), plantedVariable+"=1"), env...)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the test passes:\n%s", out)
	}
	return string(out)
}

// varying is what may differ from run to run, from machine to machine, or by Go's release: where
// a call in the body of a range is said to be.
var varying = regexp.MustCompile(`\(\d+\.\d+s\)|crash(?:points)?\.go:\d+|/\S+/sim/|same journal \d of \d|_test\.go:\d+|\[[0-9a-f]{16}\]`)

// compareReport compares a report with that of testdata, if there is one.
func compareReport(t *testing.T, name, report string) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "reports", strings.ReplaceAll(name, " ", "_")+".txt"))
	if err != nil {
		return
	}
	if got := varying.ReplaceAllString(report, "~"); got != string(want) {
		t.Errorf("the report is\n%s\nwant\n%s", got, want)
	}
}

// TestScriptsRunFirst holds that a seed which has failed is kept, with its faults, and runs
// first from then on.
func TestScriptsRunFirst(t *testing.T) {
	dir := t.TempDir()
	runPlanted(t, dir, "panics")
	kept := filepath.Join(dir, "testdata", "sim", "TestPlanted", "panics", "7")
	text, err := os.ReadFile(kept)
	if err != nil || !strings.Contains(string(text), "seed 7\n") {
		t.Fatalf("%s: %v, %q", kept, err, text)
	}
	report := runPlanted(t, dir, "panics", "SIM_COUNT=1")
	if !strings.Contains(report, "seed 7 failed") {
		t.Errorf("with seed 1 alone the script does not run:\n%s", report)
	}
}

func TestOneSeedRunsInProcess(t *testing.T) {
	report := runPlanted(t, t.TempDir(), "order without a key", "SIM_SEED=1")
	for _, part := range []string{"orders, and 20 were made", "the journal ends", "link shop > client is cut"} {
		if !strings.Contains(report, part) {
			t.Errorf("the report lacks %q:\n%s", part, report)
		}
	}
	if strings.Contains(report, "again:") {
		t.Errorf("it has a child:\n%s", report)
	}
}
