//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkAccept is a burst of connections that are taken: by ordinary accepts,
// 16 ahead, each put back in the batch after its result, and by one that goes on
// by itself. What the kernel does for an accept it does in whatever call the thread
// makes next, so all is measured: connecting, taking and hanging up.
func BenchmarkAccept(b *testing.B) {
	for _, how := range []struct {
		name   string
		ahead  int
		accept func(s *SQE, l int)
	}{
		{"16 single", 16, func(s *SQE, l int) { s.PrepAccept(l, nil, nil, unix.SOCK_CLOEXEC) }},
		{"multishot", 1, func(s *SQE, l int) {
			s.PrepAccept(l, nil, nil, unix.SOCK_CLOEXEC)
			s.Ioprio = IORING_ACCEPT_MULTISHOT
		}},
	} {
		for _, burst := range []struct {
			name string
			size int
		}{{"one at a time", 1}, {"bursts of 16", 16}, {"bursts of 256", 256}} {
			b.Run(how.name+"/"+burst.name, func(b *testing.B) {
				a := acceptor{r: openRing(b, Config{}), accept: how.accept}
				a.l, a.port = listen(b)
				mustDo(b, unix.Listen(a.l, 4096))
				for range how.ahead {
					a.again(b)
				}
				mustSubmit(b, a.r)
				fds := make([]int, 0, 2*burst.size)
				for b.Loop() {
					for range burst.size {
						fds = append(fds, dial(b, a.port))
					}
					fds = hangUp(a.waitFor(b, fds, burst.size))
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(a.taken, 1)), "ns/connection")
				b.ReportMetric(float64(a.r.Enters())/float64(max(a.taken, 1)), "enters/connection")
			})
		}
	}
}

// An acceptor takes connections.
type acceptor struct {
	r       *Ring
	l, port int
	accept  func(s *SQE, l int)
	taken   int
}

func (a *acceptor) again(b *testing.B) { a.accept(nextSlot(b, a.r), a.l) }

// waitFor waits for n connections, and keeps the accepts going.
func (a *acceptor) waitFor(b *testing.B, fds []int, n int) []int {
	dst := make([]CQE, 64)
	for n > 0 {
		got := a.r.Reap(dst)
		for _, c := range dst[:got] {
			if c.Res < 0 {
				b.Fatalf("accept: %v", unix.Errno(-c.Res))
			}
			fds = append(fds, int(c.Res))
			if c.Flags&IORING_CQE_F_MORE == 0 {
				a.again(b)
			}
		}
		n -= got
		a.taken += got
		if a.r.Pending() > 0 || got == 0 {
			mustSubmit(b, a.r)
		}
	}
	return fds
}

func mustSubmit(b *testing.B, r *Ring) {
	b.Helper()
	_, err := r.Submit()
	mustDo(b, err)
}

func mustDo(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// dial makes a connection.
func dial(b *testing.B, port int) int {
	b.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	mustDo(b, err)
	mustDo(b, unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	return fd
}

// hangUp closes what the burst before has left, without a state that lingers and
// uses ports up.
func hangUp(fds []int) []int {
	for _, fd := range fds {
		_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		_ = unix.Close(fd)
	}
	return fds[:0]
}
