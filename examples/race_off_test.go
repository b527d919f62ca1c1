//go:build unix && !race

package examples_test

var buildFlags []string
