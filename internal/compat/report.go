package main

import (
	"fmt"
	"strings"
	"time"
)

// A report is what the packages came to, one after the other.
type report []comparison

// run runs the tests of packages, and tells of each to a reader who waits.
func (r *report) run(runner runner, paths []string, all []known) error {
	if err := runner.build(paths); err != nil {
		return err
	}
	for _, path := range paths {
		start := time.Now()
		c, err := runner.both(path, all)
		if err != nil {
			return err
		}
		*r = append(*r, c)
		fmt.Printf("%v (%v)\n", c, time.Since(start).Round(time.Second))
	}
	return nil
}

func (c comparison) String() string {
	var b strings.Builder
	b.WriteString(c.path)
	if c.race {
		b.WriteString(" -race")
	}
	fmt.Fprintf(&b, ": %d passed with net, %d with await, %s", c.control.passed(), c.hooked.passed(), c.differ())
	for _, t := range c.unexpected {
		fmt.Fprintf(&b, "\n%v differs:\n%s", t, c.said[t])
	}
	return b.String()
}

// differ is in words how many tests differ, parts not counted.
func (c comparison) differ() string {
	tops := map[string]bool{}
	for _, t := range append(c.expected[:len(c.expected):len(c.expected)], c.unexpected...) {
		top, _, _ := strings.Cut(t.name, "/")
		tops[top] = true
	}
	switch len(tops) {
	case 0:
		return "no difference"
	case 1:
		return "1 difference"
	}
	return fmt.Sprint(len(tops), " differences")
}

// failure is an error if a difference is not known.
func (r report) failure() error {
	var unexpected []string
	for _, c := range r {
		for _, t := range c.unexpected {
			unexpected = append(unexpected, t.String())
		}
	}
	if len(unexpected) == 0 {
		return nil
	}
	return fmt.Errorf("these pass with package net and fail with await, for no known reason:\n%s", strings.Join(unexpected, "\n"))
}

// page is the report as a document.
func (r report) page(all []known) string {
	var b strings.Builder
	b.WriteString(header)
	b.WriteString("| package | passed with `net` | with `await` | |\n|---|---|---|---|\n")
	for _, c := range r {
		name := "`" + c.path + "`"
		if c.race {
			name += ", `-race`"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s |\n", name, c.control.passed(), c.hooked.passed(), c.differ())
	}
	b.WriteString("\n## Differences\n\n| package | test | reason |\n|---|---|---|\n")
	for _, k := range all {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", k.pkg, k.name, k.reason)
	}
	return b.String()
}

const header = `# Compatibility

This page compares two runs of the tests of packages that use package net, on a copy of Go's source tree. In one run,
the copy's ` + "`net`" + ` returns connections, listeners and packet connections of package ` + "`await`" + `. In the other, the control, it
returns its own. A test that passes in the control and fails with ` + "`await`" + ` is a difference. Each difference has its reason
below; the command fails if there is one without a reason. ` + "`make compat`" + ` writes this page; the comment of
` + "`internal/compat`" + ` says how.
`
