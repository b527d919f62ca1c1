//go:build unix

package testutil

import (
	"bytes"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestPairsCarryBytesBothWays(t *testing.T) {
	pairs := map[string]func(testing.TB) (int, int){
		"SocketPair": SocketPair, "TCPPair": TCPPair, "UDPPair": UDPPair,
	}
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			CheckLeaks(t)
			a, b := pair(t)
			wantCarries(t, a, b)
			wantCarries(t, b, a)
			wantBlockingCloexec(t, a)
			wantBlockingCloexec(t, b)
		})
	}
}

func TestPipe(t *testing.T) {
	CheckLeaks(t)
	r, w := Pipe(t)
	wantCarries(t, w, r)
	wantBlockingCloexec(t, r)
	wantBlockingCloexec(t, w)
}

func TestListener(t *testing.T) {
	CheckLeaks(t)
	fd, addr := Listener(t)
	wantBlockingCloexec(t, fd)
	c, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestTempFile(t *testing.T) {
	CheckLeaks(t)
	const size = 5000
	fd, path := TempFile(t, size)
	wantBlockingCloexec(t, fd)
	got := make([]byte, size+1)
	n, err := unix.Pread(fd, got, 0)
	if err != nil || n != size {
		t.Fatalf("pread: got %d, %v, want %d", n, err, size)
	}
	if !bytes.Equal(got[:n], FileContents(0, size)) {
		t.Error("the file does not hold FileContents")
	}
	if !bytes.Equal(got[4096:n], FileContents(4096, size-4096)) {
		t.Error("FileContents at an offset differs")
	}
	if _, err := unix.Pwrite(fd, []byte("new"), 0); err != nil {
		t.Errorf("pwrite: %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(b, []byte("new")) {
		t.Errorf("the path does not name the file: %v", err)
	}
}

func wantCarries(t *testing.T, from, to int) {
	t.Helper()
	sent := []byte("ping")
	if n, err := unix.Write(from, sent); err != nil || n != len(sent) {
		t.Fatalf("write: %d, %v", n, err)
	}
	got := make([]byte, 2*len(sent))
	n, err := unix.Read(to, got)
	if err != nil || !bytes.Equal(got[:n], sent) {
		t.Fatalf("read: got %q, %v, want %q", got[:n], err, sent)
	}
}

func wantBlockingCloexec(t *testing.T, fd int) {
	t.Helper()
	status, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || status&unix.O_NONBLOCK != 0 {
		t.Errorf("status flags %#x, %v: want blocking", status, err)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v: want close on exec", flags, err)
	}
}
