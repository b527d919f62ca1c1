//go:build !linux

package main

import (
	"fmt"
	"os"
)

// main refuses: what a process uses is told by Linux's own means, and half of the
// contenders need it.
func main() {
	fmt.Fprintln(os.Stderr, "bench: it measures on Linux only")
	os.Exit(1)
}
