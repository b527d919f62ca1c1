package testutil

import "testing"

// A Difference is what does not hold on backends that only tell of readiness.
type Difference struct{ Rule, Why string }

// Differences are all of them, for epoll and kqueue; docs/PORTABILITY.md says
// the same to users. No test leaves anything out that is not in this table.
var Differences = []Difference{
	{"an open that waits can be stopped", "a worker blocks in open(2), which nothing can stop"},
	{"file operations allocate nothing", "each starts a worker"},
	{"messages, accept and connect allocate nothing", "package unix makes their addresses"},
}

// Holds reports whether rule holds on backend, and tells t where it does not.
// A rule that is not in the table is a mistake of the test.
func Holds(t testing.TB, backend, rule string) bool {
	t.Helper()
	for _, d := range Differences {
		if d.Rule == rule {
			if backend == "io_uring" {
				return true
			}
			t.Logf("%s: not held to %q: %s", backend, d.Rule, d.Why)
			return false
		}
	}
	t.Fatalf("no difference of backends is called %q", rule)
	return false
}
