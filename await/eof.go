package await

import (
	"io"

	"github.com/awaitio/awaitio/internal/socket"
)

// endOfStream makes a receive of nothing io.EOF, unless it was an empty
// datagram.
func endOfStream(fd, n int, err error) (int, error) {
	if n == 0 && err == nil && !socket.IsDatagram(fd) {
		err = io.EOF
	}
	return n, err
}

// endOfFile makes a read of nothing io.EOF.
func endOfFile(n int, err error) (int, error) {
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}
