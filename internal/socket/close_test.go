//go:build unix

package socket

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A socket whose peer is gone is closed without an error, and once.
func TestCloseForgivesAPeerThatLeft(t *testing.T) {
	a, b := testutil.SocketPair(t)
	if _, err := unix.Write(a, []byte("unread")); err != nil {
		t.Fatal(err)
	}
	testutil.Close(t, b)
	testutil.Disown(t, a)
	if err := CloseDescriptor(a); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := CloseDescriptor(a); err != unix.EBADF {
		t.Errorf("another close: %v", err)
	}
}
