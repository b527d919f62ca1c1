// Package repotest holds the rules of this repository that no compiler and no
// linter knows, as a test. Each rule is tried on small bad trees too, so that
// none can rot into one that always holds.
package repotest
