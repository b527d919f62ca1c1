package testutil

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the body of a package's TestMain: it runs the tests, then fails the
// package if they left a goroutine behind, and exits.
func Main(m *testing.M) {
	goleak.VerifyTestMain(patient{m})
}

// patient has goleak look when the goroutines of the tests had leakGrace to end. By itself it
// is done after half a second, which a busy machine may not give them.
type patient struct{ tests goleak.TestingM }

func (p patient) Run() (code int) {
	if code = p.tests.Run(); code == 0 {
		_ = leakedGoroutines(leakGrace) // goleak tells of them
	}
	return code
}
