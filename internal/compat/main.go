package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

func main() {
	var o options
	flag.BoolVar(&o.core, "core", false, "only the packages whose tests are short, with -short")
	flag.BoolVar(&o.race, "race", false, "with the race detector")
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
	if err := r.build(o.paths()); err != nil {
		return err
	}
	var done report
	for _, path := range o.paths() {
		start := time.Now()
		c, err := r.both(path, all)
		if err != nil {
			return err
		}
		fmt.Printf("%s (%v)\n", done.add(c), time.Since(start).Round(time.Second))
	}
	if err := done.failure(); err != nil {
		return err
	}
	if o.out == "" {
		return nil
	}
	return os.WriteFile(o.out, []byte(done.page(all)), 0o644)
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
	return newRunner(t, o.race, o.core)
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
