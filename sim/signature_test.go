//go:build unix

package sim_test

import (
	"testing"

	"github.com/awaitio/awaitio/internal/simproc"
	"github.com/awaitio/awaitio/sim"
)

// What programs log is not what tells failures apart.
func TestSignatureIsWhatTheTestTold(t *testing.T) {
	for output, want := range map[string]string{
		"=== RUN   TestX\n2000/01/01 00:00:31 http: broken\n    x_test.go:91: 2 of 3 are lost\n": "x_test.go:#: # of # are lost",
		"starts\npanic: out of luck\n\ngoroutine 1 [running]:\n":                                 "panic: out of luck",
		"starts\nends\n": "starts",
		"    x_test.go:1: one\n    y_test.go:2: two\n": "x_test.go:#: one",
		"": "",
	} {
		if got := sim.Signature(&simproc.Outcome{Output: output}); got != want {
			t.Errorf("%q has the signature %q, want %q", output, got, want)
		}
	}
}
