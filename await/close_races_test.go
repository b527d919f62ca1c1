//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// Connections, listeners and files are closed while their IO is: by whichever of
// the two ways each goes, its number is closed once, and the file that gets it
// next stays open.
func TestCloseRacesWithTheIOs(t *testing.T) {
	testutil.CheckLeaks(t)
	for round := range 60 {
		io, err := start(t, Config{})
		must(t, err)
		closers, reads := closable(t, io)
		var ends sync.WaitGroup
		start := make(chan struct{})
		for _, end := range append(closers, io.Close) {
			ends.Go(func() {
				<-start
				if err := end(); err != nil {
					t.Errorf("round %d: close: %v", round, err)
				}
			})
		}
		ends.Go(func() {
			<-start
			mustKeepDescriptors(t, 100)
		})
		close(start)
		ends.Wait()
		for _, read := range reads {
			err := receive(t, read, "end of the read").err
			if !errors.Is(err, net.ErrClosed) && err != goio.EOF { // the other end was closed before
				t.Errorf("round %d: a read ended with %v", round, err)
			}
		}
	}
}

// closable are the ways to close what was opened on io, and reads that are under
// way there.
func closable(t *testing.T, io *IO) (closers []func() error, reads []<-chan outcome) {
	t.Helper()
	l, err := io.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	for range 4 {
		a, b := connected(t, io, l)
		must(t, a.(*Conn).SetLinger(0)) // no thousands of ports in TIME_WAIT
		reads = append(reads, later(func() (int, error) { return 0, readOne(a) }))
		closers = append(closers, a.Close, b.Close)
	}
	waitUnderWay(t, io, len(reads))
	f, err := io.Open("/dev/null")
	must(t, err)
	return append(closers, l.Close, f.Close), reads
}

// mustKeepDescriptors opens descriptors, and wants them to stay what they are.
func mustKeepDescriptors(t *testing.T, n int) {
	fds := make([]int, n)
	for i := range fds {
		fd, err := unix.Open("/dev/zero", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
		}
		fds[i] = fd
	}
	for _, fd := range fds {
		n, err := unix.Read(fd, make([]byte, 8)) // nothing else of the test has as much
		if closeErr := unix.Close(fd); n != 8 || err != nil || closeErr != nil {
			t.Errorf("descriptor %d is no longer what it was: %d, %v", fd, n, errors.Join(err, closeErr))
		}
	}
}
