package floor

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/uring"
)

// entries is the size of the submission queue: that of a batch.
const entries = 1024

// Echo starts a server that sends back what it gets on the connections of listener, by
// pieces of up to size bytes. It runs until the process ends.
func Echo(listener *os.File, size int) error {
	ready := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the ring is this thread's
		r, err := uring.New(entries)
		ready <- err
		if err == nil {
			err = (&server{ring: r, listener: listener, size: size}).run()
			panic(fmt.Sprint("the floor's loop ended: ", err)) // its clients would wait for ever
		}
	}()
	return <-ready
}

// A server is the loop and its connections. A connection is its place in conns,
// and that of its results too.
type server struct {
	ring     *uring.Ring
	listener *os.File // kept, or the collector would close it
	size     int
	conns    []conn
	free     []int
}

type conn struct {
	fd  int32
	buf []byte
}

// The low bits of user_data tell which operation it was, the others whose.
const (
	accepted = iota
	received
	sent
	kindBits = 2
)

func (s *server) run() error {
	if err := s.accept(); err != nil {
		return err
	}
	for {
		if err := s.ring.Enter(1, 0); err != nil {
			return err
		}
		if err := s.ring.Drain(s.handle); err != nil {
			return err
		}
	}
}

func (s *server) handle(r uring.CQE) error {
	i := int(r.UserData >> kindBits)
	switch r.UserData & (1<<kindBits - 1) {
	case accepted:
		if r.Res >= 0 {
			if err := s.open(r.Res); err != nil {
				return err
			}
		}
		return s.accept()
	case received:
		if r.Res <= 0 {
			s.close(i)
			return nil
		}
		return s.send(i, r.Res)
	}
	if r.Res < 0 {
		s.close(i)
		return nil
	}
	return s.receive(i)
}

// open takes in a new connection.
func (s *server) open(fd int32) error {
	if err := setNoDelay(fd); err != nil {
		return err
	}
	if len(s.free) == 0 {
		s.free = append(s.free, len(s.conns))
		s.conns = append(s.conns, conn{buf: make([]byte, s.size)})
	}
	i := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	s.conns[i].fd = fd
	return s.receive(i)
}

func (s *server) close(i int) {
	unix.Close(int(s.conns[i].fd))
	s.free = append(s.free, i)
}

func (s *server) accept() error { return s.ring.Push(accepting(s.listener, accepted)) }

func (s *server) receive(i int) error {
	c := &s.conns[i]
	return s.ring.Push(receiving(c.fd, c.buf, uint64(i)<<kindBits|received))
}

func (s *server) send(i int, n int32) error {
	c := &s.conns[i]
	return s.ring.Push(sending(c.fd, c.buf[:n], uint64(i)<<kindBits|sent))
}
