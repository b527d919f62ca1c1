package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A runner runs tests in the copy.
type runner struct {
	tree  tree
	dir   string // of a module that requires what is tested
	race  bool
	short bool
}

// newRunner makes the module.
func newRunner(t tree, short bool) (runner, error) {
	r := runner{tree: t, dir: filepath.Join(t.root, "compat"), short: short}
	var mod strings.Builder
	mod.WriteString("module compat\n\ngo 1.25.0\n")
	for _, path := range sorted(modules) {
		mod.WriteString(fmt.Sprintf("\nrequire %s %s\n", path, modules[path]))
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return runner{}, err
	}
	return r, os.WriteFile(filepath.Join(r.dir, "go.mod"), []byte(mod.String()), 0o644)
}

// outcomes are how tests ended, by package and name: "pass", "fail" or "skip".
type outcomes map[test]string

// A test is one, or a part of one. Without a name it is the package as a whole.
type test struct{ pkg, name string }

func (t test) String() string { return strings.TrimSpace(t.pkg + " " + t.name) }

// args are those of go test.
func (r runner) args(more ...string) []string {
	args := []string{"test", "-count=1", "-vet=off", "-timeout=10m"}
	if r.race {
		args = append(args, "-race")
	}
	if r.short {
		args = append(args, "-short")
	}
	return append(args, more...)
}

// command runs go with the copy for its tree.
func (r runner) command(hooked bool, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GOROOT="+r.tree.root, "GOTOOLCHAIN=local", "GOWORK=off", "GOFLAGS=-mod=mod", "AWAITIO_COMPAT=")
	if hooked {
		cmd.Env = append(cmd.Env, "AWAITIO_COMPAT=on")
	}
	cmd.Stderr = os.Stderr
	return cmd
}

// build builds the tests, several at a time, so that a test does not share the
// processors with a compiler.
func (r runner) build(paths []string) error {
	cmd := r.command(false, r.args(append([]string{"-run=^$"}, paths...)...)...)
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the tests: %w\n%s", err, out)
	}
	return nil
}

// A selection is which tests of a package run.
type selection struct{ run, skip []string }

// pattern is a regular expression for the tests of the given names.
func pattern(names []string) string {
	var quoted []string
	for _, name := range names {
		quoted = append(quoted, regexp.QuoteMeta(name))
	}
	return "^(" + strings.Join(quoted, "|") + ")$"
}

// run runs the tests of a package, and returns what they said beside how they ended.
// That some fail is no error.
func (r runner) run(hooked bool, path string, s selection) (outcomes, map[test]string, error) {
	args := []string{"-json", path}
	if len(s.run) > 0 {
		args = append([]string{"-run=" + pattern(s.run)}, args...)
	}
	if len(s.skip) > 0 {
		args = append([]string{"-skip=" + pattern(s.skip)}, args...)
	}
	out, err := r.command(hooked, r.args(args...)...).Output()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		return nil, nil, err
	}
	ended, said := parse(out)
	if len(ended) == 0 {
		return nil, nil, fmt.Errorf("no test of %s ran: %s", path, out)
	}
	return ended, said, nil
}

// parse reads what go test -json prints. A test that began and did not end has failed,
// with the program.
func parse(out []byte) (outcomes, map[test]string) {
	ended, said := outcomes{}, map[test]string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e struct{ Action, Package, Test, Output string }
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		t := test{e.Package, e.Test}
		switch e.Action {
		case "run":
			ended[t] = "fail"
		case "pass", "fail", "skip":
			ended[t] = e.Action
		case "output":
			said[t] += e.Output
		}
	}
	return ended, said
}

// both runs the tests of a package as the control and with the hooks. What ends the
// program with the hooks is left out there: the tests behind it would not run.
func (r runner) both(path string, all []known) (c comparison, err error) {
	var never, ending selection
	for _, s := range suites {
		if s.path == path && s.skip != "" {
			never.skip = []string{s.skip}
			ending.skip = []string{s.skip}
		}
	}
	for _, k := range all {
		if k.pkg == path && k.panics() {
			ending.skip = append(ending.skip, k.name)
		}
	}
	c.path, c.race = path, r.race
	if c.control, _, err = r.run(false, path, never); err != nil {
		return c, err
	}
	if c.hooked, c.said, err = r.run(true, path, ending); err != nil {
		return c, err
	}
	found := differences(c.control, c.hooked)
	for range attempts - 1 {
		if found, err = r.again(c, found, ending); err != nil {
			return c, err
		}
	}
	c.expected, c.unexpected = split(found, all)
	return c, nil
}

// attempts is how often a test is run before it counts as failed: many tests have
// limits of time, which a machine with other work does not always meet.
const attempts = 3

// again runs the tests that differ once more, and returns those that still do.
func (r runner) again(c comparison, found []test, but selection) ([]test, error) {
	var names []string
	for _, t := range found {
		top, _, _ := strings.Cut(t.name, "/")
		if top != "" && !slices.Contains(names, top) && !slices.Contains(but.skip, top) {
			names = append(names, top)
		}
	}
	if len(names) == 0 {
		return found, nil
	}
	ended, _, err := r.run(true, c.path, selection{run: names, skip: but.skip})
	for t, how := range ended {
		if how == "pass" && t.name != "" {
			c.hooked[t] = how
		}
	}
	return differences(c.control, c.hooked), err
}
