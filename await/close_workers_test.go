//go:build unix

package await

import (
	goio "io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// occupyWorkers has n opens wait for somebody at the other end of a FIFO, as files
// of a server that is gone do, and lets them end with t.
func occupyWorkers(t *testing.T, io *IO, n int) {
	t.Helper()
	dir := tempDir(t)
	names, ends := make([]string, n), make([]<-chan outcome, n)
	for i := range n {
		names[i] = filepath.Join(dir, strconv.Itoa(i))
		must(t, unix.Mkfifo(names[i], 0o600))
		ends[i] = later(func() (int, error) {
			fd, err := io.OpenAt(background, proactor.AtCWD, names[i], os.O_RDONLY, 0)
			if err == nil {
				err = io.CloseFD(background, fd)
			}
			return 0, err
		})
	}
	t.Cleanup(func() {
		for _, name := range names { // some may still wait for a worker
			other, err := unix.Open(name, unix.O_RDWR|unix.O_NONBLOCK, 0)
			must(t, err)
			defer unix.Close(other)
		}
		for _, end := range ends {
			must(t, receive(t, end, "end of the open").err)
		}
	})
	waitUnderWay(t, io, n)
}

// Nothing that hangs in a worker keeps a close waiting.
func TestCloseWaitsForNoWorker(t *testing.T) {
	const workers = 2
	io := open(t, Config{Workers: workers, Loops: 1})
	l, err := io.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	packets, err := io.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	conn, peer := pairOn(t, io, "tcp4")
	lingering, _ := pairOn(t, io, "tcp4")
	must(t, lingering.SetLinger(lingerSeconds))
	local, _ := pairOn(t, io, "unix")
	r, w := pipe(t)
	disown(t, r)
	out, err := io.NewFile(uintptr(r), "pipe")
	must(t, err)
	file, err := io.Create(filepath.Join(tempDir(t), "file"))
	must(t, err)
	device, err := io.Open("/dev/null")
	must(t, err)
	raw, _ := socketPair(t)
	rawFile, _ := tempFile(t, 1)
	disown(t, raw)
	disown(t, rawFile)

	occupyWorkers(t, io, 2*workers)
	for name, c := range map[string]goio.Closer{
		"Listener": l, "PacketConn": packets, "Conn": conn, "its peer": peer, "Conn that lingers": lingering, "unix Conn": local,
		"pipe": out, "File": file, "device": device,
		"descriptor of a socket": rawCloser{io, raw}, "descriptor of a file": rawCloser{io, rawFile},
	} {
		ended := later(func() (int, error) { return 0, c.Close() })
		if err := receive(t, ended, "close of the "+name).err; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, unix.SetNonblock(w, true))
	if _, err := unix.Write(w, []byte("x")); err != unix.EPIPE {
		t.Errorf("a write to the pipe that was closed: %v", err)
	}
	if _, err := outside.Dial("tcp4", l.Addr().String()); err == nil {
		t.Error("the listener that was closed has taken a connection")
	}
}

// A rawCloser is a descriptor of the caller's.
type rawCloser struct {
	io *IO
	fd int
}

func (c rawCloser) Close() error { return c.io.CloseFD(background, c.fd) }
