package testutil

import "testing"

// A Difference is what does not hold on backends that only tell of readiness.
type Difference struct {
	Rule, Why string
	butEpoll  bool // epoll holds to it
}

// Differences are all of them, for epoll and kqueue; docs/PORTABILITY.md says
// the same to users. No test leaves anything out that is not in this table.
var Differences = []Difference{
	{Rule: "an open that waits can be stopped", Why: "a worker blocks in open(2), which nothing can stop"},
	{Rule: "file operations allocate nothing", Why: "each starts a worker"},
	{Rule: "messages, accept and connect allocate nothing", Why: "package unix makes their addresses", butEpoll: true},
}

// Holds reports whether rule holds on backend, and tells t where it does not.
// A rule that is not in the table is a mistake of the test.
func Holds(t testing.TB, backend, rule string) bool {
	t.Helper()
	for _, d := range Differences {
		if d.Rule == rule {
			if backend == "io_uring" || backend == "epoll" && d.butEpoll {
				return true
			}
			t.Logf("%s: not held to %q: %s", backend, d.Rule, d.Why)
			return false
		}
	}
	t.Fatalf("no difference of backends is called %q", rule)
	return false
}
