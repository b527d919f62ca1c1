package fdcall

import (
	"sync"
	"sync/atomic"
	"time"
)

// A device is a file system on a disk: whether it is late, and the limits of the calls on its files.
// Transfers are counted by the period in which they began, so that no transfer needs a timer of its
// own to be found late.
type device struct {
	loops *Loops
	lent  quota
	slots *FairLock // bounds the calls on its files that goroutines of their own make

	late    atomic.Bool // a transfer has been under way for lateAfter, now or in one of the last periods
	period  atomic.Uint32
	begun   [periods]atomic.Int32 // transfers under way, by the number of their period modulo periods
	ticking atomic.Bool           // tick is running, or its timer is set
	lates   uint8                 // whether the device was late in the last periods, one bit each; tick's
}

// A transfer is late if it is still under way when its period's index in begun is used again: that is
// lateAfter to lateAfter+periodTime after it began.
const (
	periods    = 3
	periodTime = lateAfter / (periods - 1)
)

// begin counts a transfer until end is called with the period that begin returns. In a
// testing/synctest bubble it starts no timer, because the bubble has a clock of its own.
func (v *device) begin() (period uint32) {
	period = v.period.Load()
	v.begun[period%periods].Add(1)
	if !v.ticking.Load() && !v.loops.inBubble() && v.ticking.CompareAndSwap(false, true) {
		time.AfterFunc(periodTime, v.tick)
	}
	return period
}

// end ends a transfer, and reports whether it was late.
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

// endPeriod begins the next period. Only tick calls it.
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

// devices are the devices of an IO's files, by number.
type devices struct {
	mu sync.Mutex
	by map[uint64]*device
}

// devicesMax is the number of devices at which those with nothing under way are forgotten: file
// systems that come and go get new numbers each time. Open files keep their device.
const devicesMax = 256

// device returns the device that d is on.
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
		v = &device{loops: s, slots: newBlockingSlots(s.Config)}
		v.lent.max = s.memory.all.max / lentShare
		s.devices.by[d.Device] = v
	}
	d.dev.Store(v)
	return v
}

// prune forgets devices with nothing under way if there are many. The lock is held.
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
