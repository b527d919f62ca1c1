package recipes

import (
	"bytes"
	"net"
	"testing"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestSegments(t *testing.T) {
	localhost := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	a, err := await.ListenUDP("udp4", localhost)
	must(t, err)
	defer a.Close()
	b, err := await.ListenUDP("udp4", localhost)
	must(t, err)
	defer b.Close()
	must(t, JoinSegments(b))
	for _, length := range []int{1, 1000, 2500, 20 * 1000} {
		sent := testutil.FileContents(0, length)
		must(t, SendSegments(t.Context(), a, sent, 1000, b.LocalAddr()))
		var got []byte
		calls, datagrams := 0, 0
		p := make([]byte, 64<<10)
		for len(got) < length {
			calls++
			must(t, ReceiveSegments(t.Context(), b, p, func(from net.Addr, d []byte) {
				if len(d) != min(1000, length-len(got)) || from.String() != a.LocalAddr().String() {
					t.Errorf("got %d bytes from %v", len(d), from)
				}
				datagrams++
				got = append(got, d...)
			}))
		}
		if want := (length + 999) / 1000; !bytes.Equal(got, sent) || datagrams != want {
			t.Errorf("got %d datagrams, want %d, or other bytes", datagrams, want)
		}
		t.Logf("%d datagrams in %d calls", datagrams, calls)
	}
}
