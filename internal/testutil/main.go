package testutil

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the body of a package's TestMain: it runs the tests, then fails the
// package if they left a goroutine behind, and exits.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m)
}
