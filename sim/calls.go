//go:build unix

package sim

import (
	"regexp"
	"strings"
	"sync"
	"testing"
)

// calls counts the calls of Run by each test that is under way.
var calls = struct {
	sync.Mutex
	of map[string]int
}{of: map[string]int{}}

// callOf is which call of Run by t this is, from 0.
func callOf(t *testing.T) int {
	calls.Lock()
	defer calls.Unlock()
	n, known := calls.of[t.Name()]
	calls.of[t.Name()] = n + 1
	if !known {
		t.Cleanup(func() {
			calls.Lock()
			defer calls.Unlock()
			delete(calls.of, t.Name()) // with -count it runs again
		})
	}
	return n
}

// patternOf is pattern, but for tests that examples run.
var patternOf = pattern

// pattern is what -test.run finds the test of a name by.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}
