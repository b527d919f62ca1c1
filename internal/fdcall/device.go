package fdcall

import (
	"sync"
	"sync/atomic"
	"time"
)

// A device is what is known of what some files are on: whether it is late, and what it has.
// Transfers are counted by the period in which they began, so that none needs a clock of its
// own.
type device struct {
	loops  *Loops
	lent   quota
	places *FairLock // of goroutines whose calls are on its files

	late    atomic.Bool // some transfer has been under way for lateAfter
	period  atomic.Uint32
	begun   [periods]atomic.Int32 // under way, by the period's number
	ticking atomic.Bool
	lates   uint8 // of the last periods, one bit each; the ticker's
}

// A transfer that is under way when its period's place comes again is late: lateAfter at least,
// and one period more at most.
const (
	periods    = 3
	periodTime = lateAfter / (periods - 1)
)

// begin counts a transfer until end, which is to get the period. In a bubble it does not, whose
// clock is not the device's.
func (v *device) begin() (period uint32) {
	period = v.period.Load()
	v.begun[period%periods].Add(1)
	if !v.ticking.Load() && !v.loops.inBubble() && v.ticking.CompareAndSwap(false, true) {
		time.AfterFunc(periodTime, v.tick)
	}
	return period
}

// end reports whether the transfer was late.
func (v *device) end(period uint32) (late bool) {
	v.begun[period%periods].Add(-1)
	return v.period.Load()-period >= periods
}

// tick ends a period, for as long as transfers are under way.
func (v *device) tick() {
	v.endPeriod()
	if v.busy() || v.lates != 0 {
		time.AfterFunc(periodTime, v.tick)
		return
	}
	v.ticking.Store(false)
	if v.busy() && v.ticking.CompareAndSwap(false, true) { // begun meanwhile
		time.AfterFunc(periodTime, v.tick)
	}
}

// endPeriod begins the next period. It is the ticker's.
func (v *device) endPeriod() {
	next := v.period.Load() + 1
	v.lates = v.lates << 1 & (1<<periods - 1)
	if v.begun[next%periods].Load() > 0 {
		v.lates |= 1
	}
	v.late.Store(v.lates != 0)
	v.period.Store(next)
}

// busy reports whether a transfer is under way.
func (v *device) busy() bool {
	for i := range v.begun {
		if v.begun[i].Load() > 0 {
			return true
		}
	}
	return false
}

// devices are those of an IO's files, by their numbers.
type devices struct {
	mu sync.Mutex
	by map[uint64]*device
}

// devicesMax is from how many on those are forgotten that have nothing under way: file systems
// that come and go have ever new numbers. Files that know them keep them.
const devicesMax = 256

// device is what d is on.
func (d *Descriptor) device() *device {
	if v := d.dev.Load(); v != nil {
		return v
	}
	s := d.Loop.Loops
	s.devices.mu.Lock()
	defer s.devices.mu.Unlock()
	v := s.devices.by[d.Device]
	if v == nil {
		s.devices.prune()
		v = &device{loops: s, places: newBlockingSlots(s.Config)}
		v.lent.max = s.memory.all.max / lentShare
		s.devices.by[d.Device] = v
	}
	d.dev.Store(v)
	return v
}

// prune makes room. The lock is held.
func (s *devices) prune() {
	if len(s.by) < devicesMax {
		return
	}
	for number, v := range s.by {
		if !v.busy() && v.lent.used.Load() == 0 {
			delete(s.by, number)
		}
	}
}
