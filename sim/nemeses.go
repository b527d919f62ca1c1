//go:build unix

package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Crashes returns a nemesis of power failures: Host.Crash, and Host.Restart at the end.
func Crashes() Nemesis { return outages("crash", (*Host).Crash) }

// Kills returns a nemesis of SIGKILLs: Host.Kill, and Host.Restart at the end.
func Kills() Nemesis { return outages("kill", (*Host).Kill) }

func outages(name string, how func(*Host)) Nemesis {
	return Nemesis{Name: name, Start: func(_ *World, _ *rand.Rand, victims []*Host) func() {
		down := slices.DeleteFunc(slices.Clone(victims), func(h *Host) bool { return !h.Running() })
		each(down, how)
		return func() { each(down, (*Host).Restart) }
	}}
}

// Pauses returns a nemesis of programs that get no processor: Host.Pause, and Host.Resume at the
// end.
func Pauses() Nemesis {
	return Nemesis{Name: "pause", Start: func(_ *World, _ *rand.Rand, victims []*Host) func() {
		each(victims, (*Host).Pause)
		return func() { each(victims, (*Host).Resume) }
	}}
}

// Resets returns a nemesis that breaks all connections of a host at once.
func Resets() Nemesis {
	return Nemesis{Name: "reset", For: Fixed(0), Start: func(w *World, _ *rand.Rand, victims []*Host) func() {
		each(victims, func(h *Host) { w.OneWay(h.name, Everyone).Reset() })
		return func() {}
	}}
}

// slowLatency is how long packets travel on a slow link.
var slowLatency = Dist{Min: 20 * time.Millisecond, Mean: 200 * time.Millisecond, Max: 5 * time.Second}

// SlowLinks returns a nemesis of slow packets from and to a host: on average 200 ms, up to 5 s.
func SlowLinks() Nemesis {
	return Nemesis{Name: "slow link", Start: func(w *World, _ *rand.Rand, victims []*Host) func() {
		var undo []func()
		for _, h := range victims {
			for _, other := range others(w.Hosts(), []*Host{h}) {
				undo = append(undo, w.slow(h, other), w.slow(other, h))
			}
		}
		return func() { all(undo) }
	}}
}

// slow makes a way slow, and returns what ends that.
func (w *World) slow(from, to *Host) (undo func()) {
	l := w.in.Link(from.name, to.name)
	c := w.config.Link
	c.Latency = slowLatency
	inner := c.inner()
	before := l.Swap(&inner)
	return func() { l.Swap(before) }
}

// SlowDisks returns a nemesis of disks that take on average 10 ms for a read or write, and 200 ms
// for a sync.
func SlowDisks() Nemesis {
	return disks("slow disk", func(c *DiskConfig) {
		c.Read, c.Write = Dist{Mean: 10 * time.Millisecond}, Dist{Mean: 10 * time.Millisecond}
		c.Sync = Dist{Min: 10 * time.Millisecond, Mean: 200 * time.Millisecond}
	})
}

// FailingDisks returns a nemesis of disks on which one in 20 reads, writes and syncs fails.
func FailingDisks() Nemesis {
	return disks("failing disk", func(c *DiskConfig) { c.ReadErrors, c.WriteErrors, c.SyncErrors = 0.05, 0.05, 0.05 })
}

// disks is a nemesis that changes disks.
func disks(name string, change func(*DiskConfig)) Nemesis {
	return Nemesis{Name: name, Start: func(_ *World, _ *rand.Rand, victims []*Host) func() {
		var undo []func()
		for _, h := range victims {
			undo = append(undo, h.disk.alter(change))
		}
		return func() { all(undo) }
	}}
}

// StalledDisks returns a nemesis of disks that do not answer: Disk.Stall, and Disk.Unstall at the
// end.
func StalledDisks() Nemesis {
	return Nemesis{Name: "stalled disk", Start: func(_ *World, _ *rand.Rand, victims []*Host) func() {
		each(victims, func(h *Host) { h.disk.Stall() })
		return func() { each(victims, func(h *Host) { h.disk.Unstall() }) }
	}}
}

// Skew returns a nemesis of clocks that are wrong by up to max, ahead or behind, and right again
// at the end. A negative max is as its magnitude, and one of more than 100 years is 100 years. Only a
// program that uses Host.Clock notices.
func Skew(max time.Duration) Nemesis {
	max = min(max.Abs(), skewMost)
	return Nemesis{Name: "skew", Start: func(_ *World, r *rand.Rand, victims []*Host) func() {
		by := time.Duration(r.Int64N(2*int64(max)+1)) - max
		each(victims, func(h *Host) { h.clock.Bump(by) })
		return func() { each(victims, func(h *Host) { h.clock.Bump(-by) }) }
	}}
}

// skewMost is the largest Skew: a clock that is wrong by it is within what a time.Duration holds.
const skewMost = 100 * 365 * 24 * time.Hour

func each(hosts []*Host, do func(*Host)) {
	for _, h := range hosts {
		do(h)
	}
}

func all(functions []func()) {
	for _, f := range functions {
		f()
	}
}
