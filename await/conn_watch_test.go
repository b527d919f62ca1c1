//go:build unix

package await

import (
	"io"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A poller that is asked once tells of each thing once: nothing of it may be lost.

// The end of a stream may come with its last bytes.
func TestAnEndBehindAShortRead(t *testing.T) {
	aio := open(t, Config{})
	buf := make([]byte, 100)
	for range 200 {
		a, b := pairOn(t, aio, "tcp4")
		for range 2 { // the poller is asked, and tells
			readLater(t, aio, a, b, "part")
		}
		_, err := a.Write([]byte("last"))
		must(t, err)
		must(t, a.Close())
		o := receive(t, later(func() (int, error) { return b.Read(buf) }), "the last bytes")
		wantCount(t, "Read", o.n, o.err, len("last"))
		if o := receive(t, later(func() (int, error) { return b.Read(buf) }), "the end"); o.n != 0 || o.err != io.EOF {
			t.Fatalf("Read at the end: %d, %v", o.n, o.err)
		}
		must(t, b.Close())
	}
}

// A receive ends at urgent data, however much is behind: tcp(7).
func TestUrgentDataHoldsUpNoRead(t *testing.T) {
	aio := open(t, Config{})
	a, b := pairOn(t, aio, "tcp4")
	for range 20 {
		readLater(t, aio, a, b, "before")
		must(t, use(a, func(fd int) error { return unix.Sendto(fd, []byte("!"), unix.MSG_OOB, nil) }))
		_, err := a.Write([]byte("behind"))
		must(t, err)
		got := later(func() (int, error) { return io.ReadFull(b, make([]byte, len("behind"))) })
		must(t, receive(t, got, "what is behind urgent data").err)
	}
}

// The number of a connection that was closed is another's, for which nobody has asked.
func TestNumbersOfClosedConnsAreAskedAbout(t *testing.T) {
	aio := open(t, Config{Loops: testLoops})
	buf := make([]byte, 100)
	for i := range 100 {
		a, b := pairOn(t, aio, "tcp4")
		for range 3 {
			readLater(t, aio, a, b, "x")
		}
		must(t, a.Close())
		must(t, b.Close())
		if i%2 == 0 {
			continue
		}
		x, y := socketPair(t)
		got := later(func() (int, error) { return aio.Recv(background, x, buf, 0) })
		waitUnderWay(t, aio, 1)
		mustWrite(t, y, []byte("xy"))
		o := receive(t, got, "a receive by a number that was a connection's")
		wantCount(t, "Recv", o.n, o.err, 2)
		closeFD(t, x)
		closeFD(t, y)
	}
}

// Others may call on a connection by its number, before, between and while it is read.
func TestCallsOnAConnByItsNumber(t *testing.T) {
	aio := open(t, Config{Loops: testLoops})
	a, b := pairOn(t, aio, "tcp4")
	var fd int
	must(t, use(b, func(n int) error { fd = n; return nil }))
	buf := make([]byte, 8)
	calls := []func() (int, error){
		func() (int, error) { return b.Read(buf) },
		func() (int, error) { return aio.Recv(background, fd, buf, 0) },
		func() (int, error) {
			if _, err := aio.Poll(background, fd, unix.POLLIN); err != nil {
				return 0, err
			}
			return b.Read(buf)
		},
	}
	for i := range 300 {
		got := later(calls[(i/2+i/7)%len(calls)])
		if i%3 == 0 {
			waitUnderWay(t, aio, 1)
		}
		_, err := a.Write([]byte("x"))
		must(t, err)
		o := receive(t, got, "a call")
		wantCount(t, "call", o.n, o.err, 1)
	}
}

// A loop whose poller tells of a connection that others read stops it, and asks again when
// it has a call.
func TestAConnThatOthersRead(t *testing.T) {
	aio := open(t, Config{Loops: 1})
	a, b := pairOn(t, aio, "tcp4")
	buf := make([]byte, 8)
	for range 5 {
		readLater(t, aio, a, b, "x")
		for range 20 {
			_, err := a.Write([]byte("y"))
			must(t, err)
			must(t, use(b, func(fd int) error {
				for {
					if _, err := unix.Read(fd, buf); err != syscall.EAGAIN {
						return err
					}
				}
			}))
			must(t, aio.Nop(background))
		}
	}
}

// readLater has b read what a writes when the read is under way.
func readLater(t *testing.T, aio *IO, a, b *Conn, text string) {
	t.Helper()
	read := later(func() (int, error) { return b.Read(make([]byte, 100)) })
	waitUnderWay(t, aio, 1)
	_, err := a.Write([]byte(text))
	must(t, err)
	o := receive(t, read, "a read")
	wantCount(t, "Read", o.n, o.err, len(text))
}

func use(c *Conn, f func(fd int) error) error { return c.d.Use(f) }
