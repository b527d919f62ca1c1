package await

import "io"

// endOfStream makes a receive of nothing io.EOF, unless it was an empty
// datagram.
func endOfStream(fd, n int, err error) (int, error) {
	if n == 0 && err == nil && !isDatagram(fd) {
		err = io.EOF
	}
	return n, err
}
