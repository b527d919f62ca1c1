package readiness

import (
	"bytes"
	"github.com/awaitio/awaitio/internal/workers"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// What goes to the kernel of a message is what is left of it, as far as one call goes.
func TestMessagesPartsAreWhole(t *testing.T) {
	workers.CallMax = 5
	t.Cleanup(func() { workers.CallMax = 1 << 30 })
	buffers := [][]byte{nil, []byte("one"), {}, []byte("three"), []byte("five"), nil}
	whole := bytes.Join(buffers, nil)
	for done := range len(whole) + 1 {
		var got []byte
		for _, v := range appendIovecs(nil, buffers, done) {
			if v.Len == 0 {
				t.Errorf("after %d bytes there is an empty buffer", done)
			}
			at := slices.IndexFunc(buffers, func(p []byte) bool { return within(p, v.Base) })
			got = append(got, buffers[at][offset(buffers[at], v.Base):][:v.Len]...)
		}
		if want := whole[done:min(done+workers.CallMax, len(whole))]; !bytes.Equal(got, want) {
			t.Errorf("after %d bytes: %q, want %q", done, got, want)
		}
	}
}

func within(p []byte, at *byte) bool { return offset(p, at) >= 0 }

// offset is where in p a byte is, or -1.
func offset(p []byte, at *byte) int {
	for i := range p {
		if &p[i] == at {
			return i
		}
	}
	return -1
}

// An address that does not fit is cut, and its length is that of the room.
func TestNamesThatDoNotFitAreCut(t *testing.T) {
	a, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, a)
	if err := unix.Bind(a, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	self, err := unix.Getsockname(a)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 2, 8, 16, 28} {
		if err := unix.Sendto(a, []byte("x"), 0, self); err != nil {
			t.Fatal(err)
		}
		m := &backend.Message{Buffers: [][]byte{make([]byte, 2)}, Name: make([]byte, room)}
		n, wait := (&operation{req: &backend.Request{Op: backend.OpRecvMsg, FD: a, Msg: m}}).try()
		if want := min(room, unix.SizeofSockaddrInet4); n != 1 || wait || m.NameLen != want {
			t.Errorf("room for %d: %d, waits: %v, a name of %d bytes, want %d", room, n, wait, m.NameLen, want)
		}
	}
}
