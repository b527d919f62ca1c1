//go:build unix

package backendtest

import (
	"net"
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// Kernel is the World of the machine itself.
type Kernel struct {
	New func() (backend.Backend, error)
}

// Open makes a backend.
func (k Kernel) Open(t *testing.T) backend.Backend {
	t.Helper()
	b, err := k.New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// SocketPair is two connected unix sockets.
func (Kernel) SocketPair(t *testing.T) (a, b int) { return testutil.SocketPair(t) }

// DatagramPair is two connected UDP sockets.
func (Kernel) DatagramPair(t *testing.T) (a, b int) { return testutil.UDPPair(t) }

// Pipe is a pipe.
func (Kernel) Pipe(t *testing.T) (r, w int) { return testutil.Pipe(t) }

// Listen listens on loopback.
func (Kernel) Listen(t *testing.T) (fd int, addr net.Addr) { return testutil.Listener(t) }

// File makes a temporary file.
func (Kernel) File(t *testing.T, size int) (fd int, path string) { return testutil.TempFile(t, size) }

// Disown tells that fd is closed.
func (Kernel) Disown(t *testing.T, fd int) { testutil.Disown(t, fd) }

// OpenDescriptors counts the process's descriptors.
func (Kernel) OpenDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
