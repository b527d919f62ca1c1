package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// differences are the tests that pass in the control and fail with the hooks. Of a test
// with parts they are the parts.
func differences(control, hooked outcomes) []test {
	var all []test
	for t, how := range control {
		if how == "pass" && hooked[t] != "pass" && hooked[t] != "skip" {
			all = append(all, t)
		}
	}
	all = slices.DeleteFunc(slices.Clone(all), func(t test) bool {
		return slices.ContainsFunc(all, func(part test) bool {
			return part.pkg == t.pkg && part != t && (t.name == "" || strings.HasPrefix(part.name, t.name+"/"))
		})
	})
	slices.SortFunc(all, func(a, b test) int { return cmp.Compare(a.String(), b.String()) })
	return all
}

// A known is a difference and its reason.
type known struct {
	test
	reason string
}

//go:embed known.txt
var knownText string

// parseKnown reads lines of a package, a test and a reason. Empty ones and comments
// are left out.
func parseKnown(text string) ([]known, error) {
	var all []known
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		if len(fields) < 3 {
			return nil, fmt.Errorf("known difference without a reason: %q", line)
		}
		all = append(all, known{test{fields[0], fields[1]}, strings.TrimSpace(fields[2])})
	}
	return all, nil
}

// panics reports whether the test ends the program with the hooks.
func (k known) panics() bool { return strings.HasPrefix(k.reason, "panics") }

// covers reports whether t is k's test or a part of it.
func (k known) covers(t test) bool {
	return k.pkg == t.pkg && (k.name == t.name || strings.HasPrefix(t.name, k.name+"/"))
}

// split tells the differences that are known from those that are not.
func split(found []test, all []known) (expected, unexpected []test) {
	for _, t := range found {
		if slices.ContainsFunc(all, func(k known) bool { return k.covers(t) }) {
			expected = append(expected, t)
		} else {
			unexpected = append(unexpected, t)
		}
	}
	return expected, unexpected
}

// A comparison is what the tests of a package came to.
type comparison struct {
	path                 string
	race                 bool
	control, hooked      outcomes
	said                 map[test]string // with the hooks
	expected, unexpected []test
}

// passed is how many tests passed, parts not counted.
func (o outcomes) passed() (n int) {
	for t, how := range o {
		if t.name != "" && !strings.Contains(t.name, "/") && how == "pass" {
			n++
		}
	}
	return n
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// firstOf is the first error that is one.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
