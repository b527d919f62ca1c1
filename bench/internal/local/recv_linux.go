package local

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// recv sends a byte there and back on each of Depth pairs of sockets. The
// receives have a timeout or none, according to the contender.
func recv(s wire.Spec, io *await.IO) (runner, error) {
	background := context.Background()
	receive := func(fd int, p []byte) (int, error) { return io.Recv(background, fd, p, 0) }
	if s.Contender == contender.WithTimeout {
		receive = func(fd int, p []byte) (int, error) {
			return io.RecvWithTimeout(background, fd, p, 0, time.Minute)
		}
	}
	pass := func(from, to int, p []byte) error {
		if n, err := receive(from, p); n == 0 || err != nil {
			return fmt.Errorf("receive %d bytes: %w", n, err)
		}
		_, err := io.Send(background, to, p, 0)
		return err
	}
	pairs := make([][2]int, s.Depth)
	bytes := make([]byte, s.Depth)
	for i := range pairs {
		var err error
		if pairs[i], err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0); err != nil {
			return nil, fmt.Errorf("socketpair: %w", err)
		}
		go func() {
			p := make([]byte, 1)
			for pass(pairs[i][1], pairs[i][1], p) == nil {
			} // until the process ends
		}()
	}
	return timed(s.Depth, func(i int) error {
		p := bytes[i : i+1]
		if _, err := io.Send(background, pairs[i][0], p, 0); err != nil {
			return err
		}
		_, err := receive(pairs[i][0], p)
		return err
	}), nil
}
