//go:build unix

package fdcall

import (
	"context"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A call that its caller has left gives its slot and its buffer back when the kernel has
// answered: later calls would wait for ever.
func TestAbandonedCallsGiveBackTheirSlots(t *testing.T) {
	s := open(t, proactor.Config{})
	d, peer := pair(t, s)
	d.Bounce = NewBounce(d, nil)
	for range 2 * slotsMax {
		ctx, cancel := context.WithCancel(background)
		read := later(func() error {
			_, err := d.Transfer(ctx, Transfer{Dir: Reading, P: make([]byte, 1), Off: proactor.CurrentPosition})
			return err
		})
		testutil.Eventually(t, patience, func() bool { return len(d.Bounce.slots) == 1 }, "a read under way")
		cancel()
		wantIs(t, receive(t, read), context.Canceled)
		testutil.Eventually(t, patience, func() bool { return len(d.Bounce.slots) == 0 }, "the slot of a read that was left")
	}
	read := later(func() error {
		_, err := d.Transfer(background, Transfer{Dir: Reading, P: make([]byte, 1), Off: proactor.CurrentPosition})
		return err
	})
	_, err := syscall.Write(peer, []byte("x"))
	must(t, err)
	must(t, receive(t, read))
}
