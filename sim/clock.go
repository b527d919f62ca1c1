//go:build unix

package sim

import (
	"sync"
	"time"
)

// A Clock is a host's own clock. A program sees skew if it gets the time and its timers from its
// host's Clock; package time does not know about hosts. Several goroutines may call methods at
// once.
type Clock struct {
	w *World
	h *Host

	mu   sync.Mutex
	at   time.Time     // an instant of package time
	off  time.Duration // what the clock was ahead then
	rate float64       // what it gains a second since, in seconds
}

func newClock(w *World, h *Host) *Clock { return &Clock{w: w, h: h, at: time.Now()} }

// Now returns the time that the clock shows. It has no monotonic part, so a Bump shows in
// differences.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return now.Add(c.ahead(now)).Round(0)
}

// ahead is how far the clock is ahead of package time. The caller has the lock.
func (c *Clock) ahead(now time.Time) time.Duration {
	return c.off + time.Duration(c.rate*float64(now.Sub(c.at)))
}

// Bump moves the clock by d, backwards if d is negative. Timers do not notice.
func (c *Clock) Bump(d time.Duration) {
	c.mu.Lock()
	c.off += d
	c.mu.Unlock()
	c.w.in.Note(c.h.name, 0, "its clock moves by "+d.String())
}

// Drift makes the clock gain ppm microseconds each second from now on, or lose them if ppm is
// negative. Timers set later run fast or slow by the same rate.
func (c *Clock) Drift(ppm float64) {
	c.mu.Lock()
	now := time.Now()
	c.off, c.at, c.rate = c.ahead(now), now, ppm/1e6
	c.mu.Unlock()
	c.w.noteHost(c.h, "its clock drifts by %v ppm", ppm)
}

// lasts is how long a host waits for its clock to move by d.
func (c *Clock) lasts(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(float64(d) / (1 + c.rate))
}

// Sleep pauses the caller until the clock has moved by d.
func (c *Clock) Sleep(d time.Duration) { time.Sleep(c.lasts(d)) }

// NewTimer is time.NewTimer on this clock. Reset of the returned timer follows package time.
func (c *Clock) NewTimer(d time.Duration) *time.Timer { return time.NewTimer(c.lasts(d)) }

// AfterFunc is time.AfterFunc on this clock. Reset of the returned timer follows package time.
func (c *Clock) AfterFunc(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(c.lasts(d), f)
}
