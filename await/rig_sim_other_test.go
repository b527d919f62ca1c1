//go:build !unix

package await

// simulate does nothing: the simulator is of Unix's calls.
func simulate() {}
