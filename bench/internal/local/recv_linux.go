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

// recv sends a byte there and back on each of Depth pairs of sockets.
func recv(s wire.Spec, io *await.IO) (runner, error) {
	calls := receiver{io, s.Contender == contender.WithTimeout}
	ends := make([]int, s.Depth)
	buffers := make([]byte, s.Depth)
	for i := range ends {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			return nil, fmt.Errorf("socketpair: %w", err)
		}
		ends[i] = pair[0]
		go calls.sendBack(pair[1])
	}
	return timed(s.Depth, func(i int) error {
		p := buffers[i : i+1]
		if err := calls.send(ends[i], p); err != nil {
			return err
		}
		return calls.receive(ends[i], p)
	}), nil
}

// A receiver receives with a timeout, or with none.
type receiver struct {
	io      *await.IO
	timeout bool
}

func (r receiver) receive(fd int, p []byte) (err error) {
	if r.timeout {
		_, err = r.io.RecvWithTimeout(context.Background(), fd, p, 0, time.Minute)
	} else {
		_, err = r.io.Recv(context.Background(), fd, p, 0)
	}
	return err
}

func (r receiver) send(fd int, p []byte) error {
	_, err := r.io.Send(context.Background(), fd, p, 0)
	return err
}

// sendBack is the other end, until the process ends.
func (r receiver) sendBack(fd int) {
	p := make([]byte, 1)
	for r.receive(fd, p) == nil && r.send(fd, p) == nil {
	}
}
