//go:build unix

package readiness

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A receive that leaves the data where it is cannot go on: the same bytes would come
// again.
func TestPeekOfAllIsShort(t *testing.T) {
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "abc")
	buf := make([]byte, 10)
	for _, r := range []*backend.Request{
		{Op: backend.OpRecv, FD: a, Buf: buf, Flags: unix.MSG_PEEK | unix.MSG_WAITALL},
		{Op: backend.OpRecvMsg, FD: a, Msg: &backend.Message{Buffers: [][]byte{buf}}, Flags: unix.MSG_PEEK | unix.MSG_WAITALL},
	} {
		clear(buf)
		if n, wait := (&operation{req: r}).try(); n != 3 || wait || !bytes.Equal(buf, []byte("abc\x00\x00\x00\x00\x00\x00\x00")) {
			t.Errorf("%v: %d, waits: %v, %q", r.Op, n, wait, buf)
		}
	}
}

// Descriptors end a receive of all, in whatever part they come: the next part would
// take their place. Nothing is lost with them, and none of them leaks.
func TestReceiveOfAllEndsWithDescriptors(t *testing.T) {
	a, b := testutil.SocketPair(t)
	r, _ := testutil.Pipe(t)
	mustWrite(t, b, "before")
	m := &backend.Message{Buffers: [][]byte{make([]byte, 20)}, Control: make([]byte, 64)}
	f := &operation{req: &backend.Request{Op: backend.OpRecvMsg, FD: a, Msg: m, Flags: unix.MSG_WAITALL}}
	if n, wait := f.try(); !wait || f.done != 6 {
		t.Fatalf("%d, waits: %v, after %d bytes; want it to wait after 6", n, wait, f.done)
	}
	if err := unix.Sendmsg(b, []byte("with"), unix.UnixRights(r), nil, 0); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, b, "behind")
	if n, wait := f.try(); n != 10 || wait {
		t.Errorf("%d, waits: %v; want 10", n, wait)
	}
	messages, err := unix.ParseSocketControlMessage(m.Control[:m.ControlLen])
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d control messages, %v", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("descriptors %v, %v", fds, err)
	}
	testutil.Own(t, fds[0])
}

func mustWrite(t *testing.T, fd int, s string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(s)); n != len(s) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
}
