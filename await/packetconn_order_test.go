//go:build unix

package await

import (
	"context"
	"encoding/binary"
	"net"
	"testing"
	"time"
)

// Datagrams of a unix socket keep their order, also where the peer's queue holds
// only few of them.
func TestUnixgramBatchKeepsItsOrder(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "unixgram"), packetsOn(t, io, "unixgram")
	batch := make([]Datagram, 500)
	for i := range batch {
		batch[i] = Datagram{Buffers: [][]byte{binary.BigEndian.AppendUint32(nil, uint32(i))}, Addr: b.LocalAddr()}
	}
	written := later(func() (int, error) { return a.WriteBatch(batch) })
	wantInOrder(t, b, len(batch))
	o := receive(t, written, "end of WriteBatch")
	wantCount(t, "WriteBatch", o.n, o.err, len(batch))
}

// wantInOrder fails t unless the numbers below n arrive at c, one after the other.
func wantInOrder(t testing.TB, c *PacketConn, n int) {
	t.Helper()
	p := make([]byte, 8)
	for want := range n {
		n, err := c.Read(p)
		wantCount(t, "Read", n, err, 4)
		if got := binary.BigEndian.Uint32(p); int(got) != want {
			t.Fatalf("datagram %d has come as number %d", got, want)
		}
	}
}

// Behind one that failed, nothing of a unix socket is sent.
func TestUnixgramBatchEndsWithAFailure(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "unixgram"), packetsOn(t, io, "unixgram")
	closing := packetsOn(t, io, "unixgram")
	must(t, closing.Close())
	good := func() Datagram { return Datagram{Buffers: [][]byte{[]byte("x")}, Addr: b.LocalAddr()} }
	batch := []Datagram{good(), good(), good()}
	batch[1].Addr = closing.LocalAddr()
	n, err := a.WriteBatch(batch)
	if n != 1 || err == nil || batch[0].N != 1 || batch[1].N != -1 || batch[2].N != -1 {
		t.Errorf("got %d, %v, with %d, %d and %d", n, err, batch[0].N, batch[1].N, batch[2].N)
	}
	got := []Datagram{{Buffers: [][]byte{make([]byte, 8)}}, {Buffers: [][]byte{make([]byte, 8)}}}
	n, err = b.ReadBatch(got)
	wantCount(t, "ReadBatch", n, err, 1)
}

// A datagram that waits for room in the queue of a peer arrives whole, whether
// the sender has a peer or names it, and its wait has an end.
func TestUnixgramWaitsForRoom(t *testing.T) {
	io := open(t, Config{})
	b := packetsOn(t, io, "unixgram")
	dialed, err := io.Dial("unixgram", b.LocalAddr().String())
	must(t, err)
	named := packetsOn(t, io, "unixgram")
	for name, write := range map[string]func(p []byte) (int, error){
		"Write":   dialed.Write,
		"WriteTo": func(p []byte) (int, error) { return named.WriteTo(p, b.LocalAddr()) },
	} {
		t.Run(name, func(t *testing.T) {
			const size = 300
			written := later(func() (n int, err error) {
				for n < size && err == nil {
					_, err = write(binary.BigEndian.AppendUint32(nil, uint32(n)))
					n++
				}
				return n, err
			})
			wantInOrder(t, b, size)
			o := receive(t, written, "end of the writes")
			wantCount(t, "writes", o.n, o.err, size)
		})
	}
	must(t, dialed.Close())
}

func TestUnixgramWaitForRoomEnds(t *testing.T) {
	io := open(t, Config{})
	a, b := packetsOn(t, io, "unixgram"), packetsOn(t, io, "unixgram")
	fill := func(ctx context.Context) (err error) {
		for err == nil {
			_, err = a.WriteToContext(ctx, []byte("x"), b.LocalAddr())
		}
		return err
	}
	must(t, a.SetWriteDeadline(time.Now().Add(20*time.Millisecond)))
	wantPassed(t, fill(background))
	must(t, a.SetWriteDeadline(time.Time{}))

	ctx, stop, cause := ending()
	full := later(func() (int, error) { return 0, fill(ctx) })
	stop()
	wantIs(t, receive(t, full, "end by the context").err, cause)

	full = later(func() (int, error) { return 0, fill(background) })
	must(t, a.Close())
	wantIs(t, receive(t, full, "end by Close").err, net.ErrClosed)
}
