//go:build unix

package fdcall

import (
	"context"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// Each row of wayOf's table, and what keeps a call from being uncontended.
func TestWay(t *testing.T) {
	s := open(t, proactor.Config{})
	file := &Descriptor{Loop: s.First(), Kind: Disk}
	pipe := &Descriptor{Loop: s.First()}
	ending, cancel := context.WithCancel(background)
	defer cancel()
	for _, row := range []struct {
		name          string
		d             *Descriptor
		ctx           context.Context
		first         bool
		ownWork       bool
		endable, lent bool
		want          way
	}{
		{"lent", file, background, true, true, true, true, leavable},
		{"no disk", pipe, background, true, true, false, false, byLoop},
		{"no disk of its own, and something can end it", pipe, ending, true, true, true, false, leavable},
		{"nothing else under way", file, background, true, false, false, false, uncontended},
		{"nothing else under way, a sync", file, background, true, true, false, false, uncontended},
		{"a deadline that can end it", file, background, true, false, true, false, leavable},
		{"a context that can end", file, ending, true, false, true, false, leavable},
		{"the same, and nobody may leave it", file, ending, true, false, false, false, byLoop},
		{"a context that can end, a write", file, ending, true, true, true, false, onThread},
		{"another on a disk", file, background, false, false, false, false, byLoop},
		{"another on a disk, a sync", file, background, false, true, false, false, onThread},
	} {
		got := row.d.wayOf(row.ctx, row.first, row.ownWork, row.endable, row.lent)
		if got != row.want {
			t.Errorf("%s: way %d; want %d", row.name, got, row.want)
		}
		if got == uncontended {
			if file.wayOf(background, true, false, false, false) != byLoop {
				t.Errorf("%s: two calls are alone", row.name)
			}
			s.diskCalls.uncontended.Unlock()
		}
	}
}

// Nothing is alone beside an operation on a socket.
func TestWayBesideAReceive(t *testing.T) {
	s := open(t, proactor.Config{Loops: testLoops})
	file := &Descriptor{Loop: s.First(), Kind: Disk}
	d, peer := pair(t, s)
	received := later(func() error { _, err := d.Call(background, Reading, receiving(d)); return err })
	testutil.Eventually(t, patience, func() bool { return !s.idle() }, "a receive under way")
	if got := file.wayOf(background, true, false, false, false); got != byLoop {
		t.Errorf("way %d beside a receive; want %d", got, byLoop)
	}
	_, err := syscall.Write(peer, []byte("x"))
	must(t, err)
	must(t, receive(t, received))
}

// A call on what is no file of a disk does not count for a call on one.
func TestOnlyCallsOnDisksAreCounted(t *testing.T) {
	s := open(t, proactor.Config{Loops: testLoops})
	file := &Descriptor{Loop: s.First(), Kind: Disk}
	elsewhere := &Descriptor{Loop: s.all[len(s.all)-1], Kind: Disk}
	other := &Descriptor{Loop: s.First()}
	_, err := other.OnThread(background, func(int) (int, error) {
		if !file.enterDisk() {
			t.Error("a call on a file meets one on something else")
		}
		defer file.leaveDisk()
		for _, second := range []*Descriptor{file, elsewhere} {
			if second.enterDisk() {
				t.Error("two calls on files are the only one")
			}
			second.leaveDisk()
		}
		return 0, nil
	})
	must(t, err)
}
