package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	var o options
	flag.BoolVar(&o.core, "core", false, "only the packages whose tests are short, with -short")
	flag.BoolVar(&o.race, "race", false, "then once more with the race detector")
	flag.StringVar(&o.out, "out", "", "write the table to this file")
	flag.Parse()
	o.only = flag.Args()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

type options struct {
	core, race bool
	out        string
	only       []string
}

// paths are the packages to test.
func (o options) paths() (all []string) {
	for _, s := range suites {
		if s.core || !o.core {
			all = append(all, s.path)
		}
	}
	if len(o.only) > 0 {
		return o.only
	}
	return all
}

func (o options) run() error {
	r, err := o.prepare()
	if err != nil {
		return err
	}
	all, err := parseKnown(knownText)
	if err != nil {
		return err
	}
	var done report
	for _, r.race = range o.modes() {
		if err := done.run(r, o.paths(), all); err != nil {
			return err
		}
	}
	if err := done.failure(); err != nil {
		return err
	}
	if o.out == "" {
		return nil
	}
	return os.WriteFile(o.out, []byte(done.page(all)), 0o644)
}

// modes are without the race detector, and with it.
func (o options) modes() []bool {
	if o.race {
		return []bool{false, true}
	}
	return []bool{false}
}

// prepare makes the copy.
func (o options) prepare() (runner, error) {
	if runtime.GOOS == "windows" {
		return runner{}, fmt.Errorf("there is no backend on %s", runtime.GOOS)
	}
	goroot, err := output("go", "env", "GOROOT")
	if err != nil {
		return runner{}, err
	}
	library, err := libraryOf()
	if err != nil {
		return runner{}, err
	}
	version, err := output("go", "env", "GOVERSION")
	if err != nil {
		return runner{}, err
	}
	t, err := makeTree(goroot, version, library)
	if err != nil {
		return runner{}, err
	}
	fmt.Printf("testing %s, copied to %s\n", version, t.root)
	return newRunner(t, o.core)
}

// libraryOf finds package await and what it imports, but for Go's own.
func libraryOf() (ours, error) {
	list, err := output("go", "list", "-deps", "-json=ImportPath,Dir,Standard", "./await")
	if err != nil {
		return nil, err
	}
	library := ours{}
	for d := json.NewDecoder(strings.NewReader(list)); d.More(); {
		var p struct {
			ImportPath, Dir string
			Standard        bool
		}
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		if !p.Standard {
			library[p.ImportPath] = p.Dir
		}
	}
	return library, nil
}

func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
