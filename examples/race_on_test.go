//go:build unix && race

package examples_test

// buildFlags have the race detector watch the examples where it watches the tests.
var buildFlags = []string{"-race"}
