// Package examples is the parent of the example programs, and tests them: it
// builds them all and runs them against each other. README.md describes them.
package examples
