//go:build unix

package await

import (
	"errors"
	goio "io"
	"net"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestConnCarriesDescriptors passes pipes through a stream, with data and without.
func TestConnCarriesDescriptors(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	defer w.Close()
	rights := unix.UnixRights(int(w.Fd()))
	for _, data := range []string{"with data", ""} {
		n, oobn, err := a.WriteMsgUnix([]byte(data), rights, nil)
		wantCount(t, "WriteMsgUnix", n, err, len(data))
		wantCount(t, "WriteMsgUnix of ancillary data", oobn, err, len(rights))
		oob := make([]byte, 64)
		n, oobn, _, _, err = b.ReadMsgUnix(make([]byte, len(data)), oob)
		wantCount(t, "ReadMsgUnix", n, err, len(data))
		messages, err := unix.ParseSocketControlMessage(oob[:oobn])
		must(t, err)
		fds, err := unix.ParseUnixRights(&messages[0])
		must(t, err)
		got := os.NewFile(uintptr(fds[0]), "pipe")
		_, err = got.WriteString("through")
		must(t, err)
		must(t, got.Close())
		n, err = r.Read(make([]byte, 8))
		wantCount(t, "read of the pipe", n, err, 7)
	}
	_, _, err = a.WriteMsgUnix([]byte("x"), nil, &net.UnixAddr{Name: "x", Net: "unix"})
	wantIs(t, err, syscall.EISCONN)
	must(t, a.Close())
	if _, _, _, _, err := b.ReadMsgUnix(make([]byte, 1), nil); !errors.Is(err, goio.EOF) {
		t.Errorf("at the end: %v, want one that is io.EOF", err)
	}
}

// A byte to carry ancillary data was sent where there was none.
func TestConnMessagesOfNothing(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "unix")
	n, oobn, err := a.WriteMsgUnix(nil, nil, nil)
	if n != 0 || oobn != 0 || err != nil {
		t.Errorf("wrote %d, %d, %v", n, oobn, err)
	}
	_, err = a.Write([]byte("x"))
	must(t, err)
	if n, _, _, _, err := b.ReadMsgUnix(nil, nil); n != 0 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	n, err = b.Read(make([]byte, 8))
	wantCount(t, "Read", n, err, 1)
}
