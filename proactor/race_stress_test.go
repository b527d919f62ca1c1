//go:build unix

package proactor

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

const stressGoroutines = 8

// A stress is what one goroutine of the stress test does: things by chance, to
// its own and its neighbours' operations.
type stress struct {
	testing.TB
	p      *Proactor
	chance *dice
	tally  *ledger
	shared []atomicCompletion // the latest operation of each goroutine
	me     int
}

type atomicCompletion struct {
	mu sync.Mutex
	c  *Completion
}

func TestRaceOfEverything(t *testing.T) {
	overTiny(t, func(t *testing.T, config Config) {
		testutil.CheckLeaks(t)
		p := newRunningAmid(t, config).p
		var tally ledger
		chance := seeded(t)
		shared := make([]atomicCompletion, stressGoroutines)
		var all sync.WaitGroup
		for me := range stressGoroutines {
			all.Go(func() {
				s := &stress{t, p, chance, &tally, shared, me}
				for range rounds(15) {
					s.round()
				}
			})
		}
		all.Wait()
		tally.settle(t)
		testutil.Eventually(t, patient, func() bool {
			s := p.Stats()
			return s.InFlight == 0 && s.Queued == 0 && s.Submitted == s.Completed
		}, "nothing under way")
	})
}

// round opens a pair, lets operations loose on it and closes it, by the proactor
// or after all have ended.
func (s *stress) round() {
	fd, peer := s.pair()
	var mine sync.WaitGroup
	for range 2 + s.chance.below(20) {
		s.submit(fd, peer, &mine)
		s.meddle()
	}
	if s.chance.below(2) == 0 {
		s.closeFD(fd, &mine) // under what is under way
		s.closeFD(peer, &mine)
		mine.Wait()
		return
	}
	_ = unix.Shutdown(fd, unix.SHUT_RDWR) // ENOTSOCK for a pipe
	for i := range s.shared {
		s.shared[i].ask(s.p.RequestCancel)
	}
	s.closeFD(fd, &mine)
	s.closeFD(peer, &mine)
	mine.Wait()
}

// pair is not owned by the test: the proactor closes it.
func (s *stress) pair() (fd, peer int) {
	var p [2]int
	var err error
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if s.chance.below(3) == 0 {
		err = unix.Pipe(p[:])
	} else {
		p, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	}
	if err != nil {
		s.Errorf("pair: %v", err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1]
}

func (s *stress) submit(fd, peer int, mine *sync.WaitGroup) {
	c := new(Completion)
	if s.chance.below(2) == 0 {
		c.SetTimeout(s.chance.micros(500))
	}
	if s.chance.below(4) == 0 {
		c.SetDeadline(time.Now().Add(s.chance.micros(500)))
	}
	buf := make([]byte, 1+s.chance.below(200))
	mine.Add(1)
	callback := s.tally.expect(func(_ *Completion, r Result) {
		s.judge(r)
		mine.Done()
	})
	s.shared[s.me].set(c)
	p := s.p
	var err error
	switch s.chance.below(9) {
	case 0:
		err = p.Recv(c, fd, buf, 0, callback)
	case 1:
		err = p.Recv(c, fd, buf, unix.MSG_WAITALL, callback)
	case 2:
		err = p.RecvMsg(c, peer, &Message{Buffers: [][]byte{buf}}, 0, callback)
	case 3:
		err = p.Send(c, peer, buf, 0, callback)
	case 4:
		err = p.SendMsg(c, fd, &Message{Buffers: [][]byte{buf}}, 0, callback)
	case 5:
		err = p.Read(c, fd, buf, CurrentPosition, callback)
	case 6:
		err = p.Write(c, peer, make([]byte, 1+s.chance.below(100<<10)), CurrentPosition, callback)
	case 7:
		err = p.Poll(c, fd, unix.POLLIN, callback)
	case 8:
		err = p.Timeout(c, s.chance.micros(300), callback)
	}
	if err != nil {
		s.Errorf("submission: %v", err)
		s.tally.refuse(s, err)
		mine.Done()
	}
}

// judge knows every end there is.
func (s *stress) judge(r Result) {
	for _, known := range []error{
		ErrCanceled, os.ErrDeadlineExceeded, os.ErrClosed,
		unix.EBADF, unix.EPIPE, unix.ENOTSOCK, unix.ECONNRESET, unix.EINVAL,
	} {
		if r.Err == nil || errors.Is(r.Err, known) {
			return
		}
	}
	s.Errorf("ended with %d, %v", r.N, r.Err)
}

// meddle does something to somebody's operation.
func (s *stress) meddle() {
	victim := &s.shared[s.chance.below(len(s.shared))]
	switch s.chance.below(6) {
	case 0:
		victim.ask(s.p.RequestCancel)
	case 1:
		victim.ask(s.p.abandon)
	case 2:
		victim.ask(func(c *Completion) { s.p.SetDeadline(c, time.Now().Add(s.chance.micros(500))) })
	case 3:
		victim.ask(func(c *Completion) { s.p.SetDeadline(c, past()) })
	case 4:
		victim.ask(func(c *Completion) {
			if err := s.p.Cancel(new(Completion), c, s.tally.expect()); err != nil {
				s.Errorf("cancel: %v", err)
				s.tally.refuse(s, err)
			}
		})
	}
}

func (s *stress) closeFD(fd int, mine *sync.WaitGroup) {
	mine.Add(1)
	err := s.p.CloseFD(new(Completion), fd, s.tally.expect(func(_ *Completion, r Result) {
		if r.Err != nil {
			s.Errorf("close: %v", r.Err)
		}
		mine.Done()
	}))
	if err != nil {
		s.Errorf("close: %v", err)
		s.tally.refuse(s, err)
		mine.Done()
	}
}

func (a *atomicCompletion) set(c *Completion) {
	a.mu.Lock()
	a.c = c
	a.mu.Unlock()
}

func (a *atomicCompletion) ask(f func(c *Completion)) {
	a.mu.Lock()
	c := a.c
	a.mu.Unlock()
	if c != nil {
		f(c)
	}
}
