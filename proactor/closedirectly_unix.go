//go:build unix

package proactor

import "golang.org/x/sys/unix"

// closeDirectly closes fd without a backend. EINTR is no failure: the descriptor is
// gone all the same.
func closeDirectly(fd int) error {
	if err := unix.Close(fd); err != nil && err != unix.EINTR {
		return err
	}
	return nil
}
