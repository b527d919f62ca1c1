package await

import goio "io"

// endOfStream makes a receive of nothing io.EOF, unless it was an empty
// datagram.
func (io *IO) endOfStream(fd, n int, err error) (int, error) {
	if n == 0 && err == nil && !io.loops.System.IsDatagram(fd) {
		err = goio.EOF
	}
	return n, err
}

// endOfFile makes a read of nothing io.EOF.
func endOfFile(n int, err error) (int, error) {
	if n == 0 && err == nil {
		err = goio.EOF
	}
	return n, err
}
