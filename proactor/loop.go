package proactor

import (
	"context"
	"math"
	"runtime"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/pulse"
)

// Run drives the proactor until one of three things happens. If ctx ends, Run returns an error
// that is context.Cause and the context's Err. If the proactor is closed, it returns nil. If the
// backend fails, it returns an error that is ErrBackendFailed. While there is nothing to do, Run
// parks the goroutine, not a thread. Operations under way when ctx ends stay under way; they
// continue when the proactor is driven again.
//
// While Run waits, a goroutine that calls Flush may take its place for a moment, and runs the
// callbacks then.
//
// One call of Run, RunFor or Tick drives at a time; another gets ErrRunning.
func (p *Proactor) Run(ctx context.Context) error {
	switch err := p.startDriving(); err {
	case nil:
	case ErrClosed:
		return nil
	default:
		return err
	}
	defer p.stopDriving()
	p.policy.start()
	if p.sharer != nil && !p.policy.off.Has(ablate.Yielder) {
		p.yielder = newYielder()
		defer func() { p.yielder.end(); p.yielder = nil }()
	}
	unregister := context.AfterFunc(ctx, func() { p.interruptPark() })
	defer unregister()
	for {
		if err := ctx.Err(); err != nil {
			return endOf(ctx)
		}
		before := p.counters.completed + p.woken
		p.policy.beginRound()
		worked, err := p.round()
		if err != nil || p.closing.Load() {
			return err
		}
		d := p.policy.next(worked, p.counters.completed+p.woken-before, p.policy.now())
		if d == parkLoop {
			if err := p.park(never); err != nil {
				return err
			}
			continue
		}
		p.giveUpCPU(d)
		// The callers that were just woken submit their next operation into the next batch.
		// The loop lock stays held: a caller would begin a smaller batch.
		if p.yielder != nil && p.yielder.asked {
			p.yielder.wait(p.soonDue())
		} else if d != anotherRound {
			runtime.Gosched()
		}
	}
}

// giveUpCPU lets other threads have the CPU if d says so.
func (p *Proactor) giveUpCPU(d decision) {
	if d != yieldCPU && d != stepAside {
		return
	}
	began := pulse.Now()
	if d == yieldCPU {
		p.yieldCPU()
	} else {
		p.stepAside()
	}
	now := pulse.Now()
	p.policy.gaveCPU(now-began, now)
	p.policy.paused(now)
}

// RunFor drives the proactor for d. It returns nil when d has passed or the proactor is closed
// meanwhile, and ErrClosed if the proactor was closed before. A negative d is os.ErrInvalid. Its
// other errors, and how it waits, are those of Run.
func (p *Proactor) RunFor(d time.Duration) error {
	if d < 0 {
		return &OpError{Op: "run", FD: -1, Err: invalid("negative duration")}
	}
	if err := p.startDriving(); err != nil {
		return err
	}
	defer p.stopDriving()
	end := p.after(d)
	for {
		worked, err := p.round()
		if err != nil || p.closing.Load() || p.now() >= end {
			return err
		}
		if worked {
			continue
		}
		if err := p.park(end); err != nil {
			return err
		}
	}
}

// Tick makes one round: it submits queued operations, collects results, and runs the callbacks.
// It does not block. On a closed proactor it returns ErrClosed; its other errors are those of Run.
func (p *Proactor) Tick() error {
	if err := p.startDriving(); err != nil {
		return err
	}
	defer p.stopDriving()
	worked, err := p.round()
	if !worked {
		runtime.Gosched() // a caller may spin for what another goroutine does
	}
	return err
}

// startDriving makes the caller the loop.
func (p *Proactor) startDriving() error {
	if !p.driving.CompareAndSwap(false, true) {
		if p.closing.Load() {
			return p.refused() // Close drives
		}
		return ErrRunning
	}
	if p.isClosed() {
		p.driving.Store(false)
		return p.refused()
	}
	p.loopLock.Lock()
	return nil
}

// stopDriving ends the caller's time as the loop. If Close was called meanwhile, it
// counted on this loop to finish.
func (p *Proactor) stopDriving() {
	p.policy.stop()
	p.publish()
	p.loopLock.Unlock()
	p.driving.Store(false)
	if p.closing.Load() {
		p.finishClosing()
		<-p.closed
	}
}

// round does all that can be done without waiting. worked reports whether there was anything to do, or
// whether something is left that only another round finds.
func (p *Proactor) round() (worked bool, err error) {
	if p.failure != nil && !p.draining {
		return false, p.failure
	}
	p.watch.rounds++
	p.watch.found = 0
	p.collect()
	p.inFlight.round++
	submitted, err := p.fill()
	if err != nil {
		return false, p.broken(err)
	}
	p.watch.found = 0
	budget := p.policy.budget(p.inFlight.files, p.inFlight.size)
	if worked = p.reap(budget); worked {
		p.policy.slowStart.rounds++
	}
	if p.wokeReceivers() {
		worked = true
	}
	if len(p.timers.Entries) > 0 || p.alarms.Next.Load() != 0 {
		p.expire()
	}
	if p.dispatch(budget) {
		worked = true
	}
	return worked || submitted || p.hasMore(), nil
}

// soonDue is how long it takes until a timer or an alarm is due, or 0 if that is not soon: the
// goroutines that the loop has woken have probably run by then.
func (p *Proactor) soonDue() time.Duration {
	due := p.alarms.Next.Load()
	if len(p.timers.Entries) > 0 && (due == 0 || p.timers.Entries[0].When < due) {
		due = p.timers.Entries[0].When
	}
	if due == 0 || due-p.expiredAt > int64(soonest) {
		return 0
	}
	return max(time.Duration(due-p.now()), 1)
}

// soonest is longer than most batches of goroutines run. The rounds between them find a timer that is
// due later, without a timer of Go's.
const soonest = 200 * time.Microsecond

// wokeReceivers reports whether the backend has woken callers that receive themselves since it was
// last asked.
func (p *Proactor) wokeReceivers() bool {
	if p.watcher == nil {
		return false
	}
	before := p.woken
	p.woken = p.watcher.Woken()
	p.policy.watching = p.woken > 0
	return p.woken != before
}

// expire stops operations whose time has passed. It runs after the submission and the collection of
// results, so an operation with no time at all still gets one attempt, and a complete one is not
// stopped.
func (p *Proactor) expire() {
	now := p.now()
	p.expiredAt = now
	if alarm := p.alarms.Next.Load(); alarm != 0 && alarm <= now {
		p.sounding = now
	}
	for c := p.timers.expired(now); c != nil; c = p.timers.expired(now) {
		p.watch.timerExpired(now, c.when)
		switch {
		case p.attention.Load()&sent != 0 && p.controls.moves(c, c.when):
			p.timers.set(c, now+1) // the next round moves it
		case c.kind == kindTimeout:
			p.finish(c, 0, nil)
		case p.moveToFront(c):
			p.timers.set(c, now+1)
		default:
			p.stop(c, reasonTimedOut)
		}
	}
}

// park waits until there may be something to do, or until the instant end.
func (p *Proactor) park(end int64) error {
	p.publish()
	p.dateWaiting(0)
	alarm := p.alarms.Next.Load()
	deadline, idle := p.parkUntil(end, alarm)
	p.parked.Store(true)
	p.policy.rest()
	var err error
	if !p.called() && p.alarms.Next.Load() == alarm { // from now on, whoever sets an earlier alarm wakes the loop
		err = p.wait(deadline)
		p.policy.slowStart.rounds = 0
	}
	p.attention.And(^uint32(interrupted))
	p.parked.Store(false)
	p.policy.paused(p.policy.now())
	if err != nil {
		return p.broken(err)
	}
	if idle && p.idleActivity == p.activity() {
		p.endIfIdle()
	}
	return nil
}

// wait waits in the backend. Callers may hold the loop lock meanwhile.
func (p *Proactor) wait(deadline time.Time) error {
	if p.sharer == nil {
		return p.backend.Wait(deadline)
	}
	wait, err := p.sharer.Arm(deadline, false)
	if !wait || err != nil {
		return err
	}
	p.loopLock.Unlock()
	if !p.called() { // a caller may have submitted while it found the lock taken
		err = p.sharer.Park()
	}
	p.parked.Store(false) // so no other caller begins to run the loop, and one that spins stops
	p.loopLock.Lock()
	return err
}

// parkUntil is the deadline of a wait: the earliest of end, alarm (0: none), the next timer and the
// idle timeout. idle reports whether nothing is under way and no alarm is set.
func (p *Proactor) parkUntil(end, alarm int64) (deadline time.Time, idle bool) {
	if alarm != 0 {
		end = min(end, alarm)
	}
	if len(p.timers.Entries) > 0 {
		end = min(end, p.timers.Entries[0].When)
	}
	switch {
	case p.config.IdleTimeout <= 0 || p.draining:
	case !p.unoccupied():
		p.idleSince = 0
	default:
		idle = p.alarms.Running.Load() == 0
		if !idle || p.idleSince == 0 || p.idleActivity != p.activity() {
			p.idleSince, p.idleActivity = max(p.now(), 1), p.activity()
		}
		// Alarms that are stopped do not wake the loop: it looks now and then.
		end = min(end, p.idleSince+int64(p.config.IdleTimeout))
	}
	if end == never {
		return time.Time{}, idle
	}
	return p.epoch.Add(time.Duration(end)), idle
}

// activity grows with each operation that is submitted, and each receiver that is woken.
func (p *Proactor) activity() uint64 { return p.counters.submitted + p.woken }

// unoccupied reports whether nothing is under way but event listeners and alarms.
func (p *Proactor) unoccupied() bool {
	return p.queue.Size == 0 && p.inFlight.size == 0 && p.completed.Size == 0 &&
		len(p.timers.Entries) == 0 && len(p.cancels) == 0
}

// endIfIdle closes the proactor if it was idle for long enough.
func (p *Proactor) endIfIdle() {
	enough := p.now() >= p.idleSince+int64(p.config.IdleTimeout)
	if enough && p.watcher != nil && p.watcher.PassOn() {
		return // receivers were waiting: they submit operations now
	}
	if enough && p.unoccupied() && p.alarms.CloseIfNone(p.mailbox.closeIfEmpty) {
		p.closing.Store(true)
	}
}

// interruptPark ends the loop's wait for a reason that no queue shows.
func (p *Proactor) interruptPark() {
	p.attention.Or(interrupted)
	p.wake()
}

// now is the proactor's clock, in nanoseconds since it was made. It is
// monotonic: time.Since does not look at the wall clock.
func (p *Proactor) now() int64 { return int64(time.Since(p.epoch)) }

// after is the instant d from now, without overflow.
func (p *Proactor) after(d time.Duration) int64 { return later(p.now(), d) }

// later is the instant d after now, without overflow. It is never 0, which means no timer.
func later(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return max(now+int64(d), 1)
}

// batchNow is the time at which the current batch of submissions was taken from the mailbox. The clock
// is read once for all of them.
func (p *Proactor) batchNow() int64 {
	if p.batchTime == 0 {
		p.batchTime = p.look()
	}
	return p.batchTime
}

// at is the instant t on the proactor's clock. It is never 0, which means no timer.
func (p *Proactor) at(t time.Time) int64 {
	if d := int64(t.Sub(p.epoch)); d != 0 {
		return d
	}
	return 1
}

// never is an instant that does not come.
const never = math.MaxInt64

// publish lets other goroutines see the loop's own counts. It stores only counts that have changed,
// because an atomic store costs as much as a lock.
func (p *Proactor) publish() {
	k := &p.counters
	for i, v := range [...]uint64{uint64(p.queue.Size), uint64(p.inFlight.size), k.submitted, k.completed} {
		if count := &k.published[i]; count.Load() != v {
			count.Store(v)
		}
	}
}
