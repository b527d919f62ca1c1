package readiness

import (
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A write to a terminal's master that is full, in blocking mode, would wait for ever once
// the slave is closed, though poll(2) says POLLHUP: nothing is to make that call.
func TestMasterThatIsFullAndHungUpIsNotReady(t *testing.T) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	testutil.Own(t, master)
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := unix.Open("/dev/pts/"+strconv.Itoa(n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, slave)
	mode, err := unix.IoctlGetTermios(slave, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Lflag &^= unix.ICANON | unix.ECHO // nothing is dropped, and nothing comes back
	if err := unix.IoctlSetTermios(slave, unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
	if err := readyNow(master, unix.POLLOUT); err != nil {
		t.Fatalf("a master with room: %v", err)
	}
	for err == nil {
		_, err = unix.Write(master, make([]byte, 1000))
	}
	testutil.Close(t, slave)
	err = nil
	for tries := 0; err == nil && tries < 1000; tries++ { // what was written last may still be on its way
		for err == nil {
			_, err = unix.Write(master, make([]byte, 1000))
		}
		time.Sleep(time.Millisecond)
		err = readyNow(master, unix.POLLOUT)
	}
	if err != unix.EAGAIN {
		t.Errorf("a master that is full and hung up: %v", err)
	}
}

// The write end of a pipe that nobody reads, full or not, is ready: a write fails.
func TestPipeWithoutReaderIsReady(t *testing.T) {
	for name, full := range map[string]bool{"full": true, "empty": false} {
		t.Run(name, func(t *testing.T) {
			r, w := testutil.Pipe(t)
			if err := unix.SetNonblock(w, true); err != nil {
				t.Fatal(err)
			}
			for err := error(nil); full && err == nil; {
				_, err = unix.Write(w, make([]byte, 4096))
			}
			testutil.Close(t, r)
			if err := readyNow(w, unix.POLLOUT); err != nil {
				t.Errorf("got %v, want it to be ready", err)
			}
		})
	}
}
