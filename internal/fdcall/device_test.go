//go:build unix

package fdcall

import (
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A transfer that is under way for lateAfter makes its device late, until some time after it has
// ended; one that ends soon does not. The periods are passed by hand.
func TestDeviceIsLate(t *testing.T) {
	v := &device{loops: open(t, proactor.Config{Loops: 1})}
	v.ticking.Store(true) // the ticks are this test's
	quick := v.begin()
	v.endPeriod()
	if v.end(quick) || v.late.Load() {
		t.Error("a transfer of one period is late")
	}
	slow := v.begin()
	for range periods {
		if v.late.Load() {
			t.Error("it is late too early")
		}
		v.endPeriod()
	}
	if !v.late.Load() || !v.busy() {
		t.Error("a transfer is under way for long, and its device is not late")
	}
	v.endPeriod()
	if !v.end(slow) || v.busy() {
		t.Error("the end of a late transfer is not told so")
	}
	for range periods + 1 {
		v.endPeriod()
	}
	if v.late.Load() {
		t.Error("it is late for ever")
	}
}

// Ticks come for as long as there is something to see, and again with the next transfer.
func TestDeviceTicksWhileBusy(t *testing.T) {
	v := &device{loops: open(t, proactor.Config{Loops: 1})}
	for range 2 {
		period := v.begin()
		testutil.Eventually(t, patience, func() bool { return v.late.Load() }, "the device is late")
		if !v.end(period) {
			t.Error("the transfer was not late")
		}
		testutil.Eventually(t, patience, func() bool { return !v.late.Load() && !v.ticking.Load() }, "the ticks end")
	}
}

// A device that nothing is under way on is forgotten when there are many. One that has something is not.
func TestDevicesAreForgotten(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	of := func(number uint64) *device { return (&Descriptor{Loop: s.First(), Device: number}).device() }
	lent, busy := of(1), of(2)
	lent.lent.used.Add(1)
	period := busy.begin()
	for number := range uint64(devicesMax) {
		of(number + 3)
	}
	if n := len(s.devices.by); n >= devicesMax {
		t.Errorf("%d devices are known", n)
	}
	if of(1) != lent || of(2) != busy {
		t.Error("a device that is in use is forgotten")
	}
	busy.end(period)
	testutil.Eventually(t, patience, func() bool { return !busy.ticking.Load() }, "the ticks end")
}
