//go:build !unix

package tcp

import (
	"errors"
	"net"
)

// Listen is there so that the examples build.
func Listen(*net.TCPAddr) (int, error) { return -1, errors.ErrUnsupported }

// Socket is there so that the examples build.
func Socket(*net.TCPAddr) (int, error) { return -1, errors.ErrUnsupported }
