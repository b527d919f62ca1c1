//go:build unix

package await

import (
	goio "io"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// Writes of more than 2 GiB count what the peer has read, to the byte: one that is
// whole, one that a deadline stops beyond that, and one from many buffers.
func TestConnWritesMoreThan2GiB(t *testing.T) {
	if strconv.IntSize == 32 || testing.Short() {
		t.Skip("no buffer is so large on 32 bits, and moving 2 GiB takes a second")
	}
	var past int64 = 2<<30 + 16
	for name, write := range map[string]func(t *testing.T, c *Conn, b []byte) int64{
		"whole": func(t *testing.T, c *Conn, b []byte) int64 {
			n, err := c.Write(b[:past])
			must(t, err)
			return int64(n)
		},
		"deadline": func(t *testing.T, c *Conn, b []byte) int64 {
			n, err := c.Write(b) // more than the peer reads
			wantIs(t, err, os.ErrDeadlineExceeded)
			return int64(n)
		},
		"many buffers": func(t *testing.T, c *Conn, b []byte) int64 {
			buffers := net.Buffers(slices.Repeat([][]byte{b[:1<<20]}, int(past>>20)))
			buffers = append(buffers, b[:past&(1<<20-1)])
			n, err := c.WriteBuffers(&buffers)
			must(t, err)
			return n
		},
	} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			b, room := testutil.Window(t, int(past+64<<20)), testutil.Window(t, 1<<20)
			c, peer := pairOn(t, io, "unix")
			arrived, ended := make(chan int64, 1), make(chan struct{})
			go func() {
				n, err := discard(peer, room, past)
				if n == past && name == "deadline" {
					_ = c.SetWriteDeadline(time.Unix(1, 0))
					<-ended
				}
				rest, _ := discard(peer, room, int64(len(b)))
				arrived <- n + rest
				if err != nil {
					t.Error(err)
				}
			}()
			n := write(t, c, b)
			close(ended)
			must(t, c.CloseWrite())
			if got := receive(t, arrived, "end of the stream"); got != n || n < past {
				t.Errorf("wrote %d bytes, and %d arrived", n, got)
			}
		})
	}
}

// discard reads n bytes, or until the end.
func discard(r goio.Reader, room []byte, n int64) (got int64, err error) {
	for got < n && err == nil {
		var m int
		m, err = r.Read(room[:min(int64(len(room)), n-got)])
		got += int64(m)
	}
	if err == goio.EOF {
		err = nil
	}
	return got, err
}
