// Package local has the work that needs no peer: files, timers, and calls of the
// library itself. One process does it and measures it.
package local
