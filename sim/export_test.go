//go:build unix

package sim

import "github.com/awaitio/awaitio/internal/simproc"

// UsePattern has children find the test by another pattern, until restore.
func UsePattern(p string) (restore func()) {
	before := patternOf
	patternOf = func(string) string { return p }
	return func() { patternOf = before }
}

// EndOf is endOf.
func EndOf(journal []string) string { return endOf(journal) }

// Signature is signature.
func Signature(o *simproc.Outcome) string { return signature(o) }
