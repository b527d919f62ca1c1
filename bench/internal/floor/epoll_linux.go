package floor

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Epoll starts a server on the bare epoll, with a goroutine for each connection, which calls recv(2) and send(2), and
// waits on a channel for the loop to tell that there is something: the least that a library pays whose calls
// block, and that registers connections with a poller of its own. It runs until the process ends.
func Epoll(listener *os.File, size int) error {
	l, err := net.FileListener(listener)
	if err != nil {
		return err
	}
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	s := &polled{poll: poll, size: size, ready: make([]chan struct{}, descriptorsMax)}
	go func() { panic(fmt.Sprint("the floor's loop ended: ", s.run())) }() // its clients would wait for ever
	go func() { panic(fmt.Sprint("the floor's listener ended: ", s.accept(l))) }()
	return nil
}

// descriptorsMax is more than the largest row has.
const descriptorsMax = 1 << 16

// polled is the loop and its goroutines.
type polled struct {
	poll  int
	size  int
	ready []chan struct{} // of each descriptor, with room for one
}

func (s *polled) run() error {
	events := make([]unix.EpollEvent, entries)
	for {
		// It blocks only when the goroutines have run, and nothing came meanwhile.
		n, err := pollNow(s.poll, events)
		if n == 0 && err == nil {
			n, err = unix.EpollWait(s.poll, events, -1)
		}
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("epoll_wait: %w", err)
		}
		for _, e := range events[:max(n, 0)] {
			select {
			case s.ready[e.Fd] <- struct{}{}:
			default: // it looks all the same
			}
		}
		runtime.Gosched()
	}
}

func (s *polled) accept(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		f, err := c.(*net.TCPConn).File()
		if err != nil {
			return err
		}
		_ = c.Close() // f is a duplicate, and package net's poller no longer has it
		go s.serve(f)
	}
}

// serve echoes until the client leaves. A receive that gets less than it has room for has got all, and what
// comes after it is told: epoll(7).
func (s *polled) serve(f *os.File) {
	defer f.Close()
	fd, ready := int(f.Fd()), make(chan struct{}, 1)
	s.ready[fd] = ready
	if err := s.register(fd); err != nil {
		panic(err)
	}
	for buf := make([]byte, s.size); ; {
		n, err := receiveNow(fd, buf)
		if n > 0 {
			_, err = send(fd, buf[:n]) // the answer to a request of this size has room
		}
		switch {
		case err != nil && !errors.Is(err, unix.EAGAIN), n == 0 && err == nil:
			return
		case n < len(buf):
			<-ready
		}
	}
}

func (s *polled) register(fd int) error {
	if err := unix.SetNonblock(fd, true); err != nil { // os.File.Fd has put it in blocking mode
		return err
	}
	return unix.EpollCtl(s.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLRDHUP | edgeTriggered, Fd: int32(fd),
	})
}
