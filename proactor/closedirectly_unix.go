//go:build unix

package proactor

import "github.com/awaitio/awaitio/internal/socket"

// closeDirectly closes fd without a backend. EINTR is no failure: the descriptor is
// gone all the same.
func closeDirectly(fd int) error { return socket.CloseDescriptor(fd) }
