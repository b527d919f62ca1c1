package proactor

import (
	"reflect"
	"runtime"
)

// Close ends the proactor. Submissions fail from now on with ErrClosed. Operations under way are
// asked to stop, and their callbacks run, with ErrClosed if they were stopped. Close waits for
// all of them: afterwards no operation, no descriptor and no mapping is left. If the backend
// failed, before or meanwhile, Close returns an error that is ErrBackendFailed and has the cause.
// Close may be called more than once and by several goroutines; each call waits.
//
// Close waits for an operation that the kernel cannot stop, such as the read of a file on a dead
// disk. It does not wait if package await had lent the operation memory of its own and the caller
// has left. Called from a callback, Close does not wait: the loop ends when the callback has
// returned.
//
// The caller owns its descriptors. Close them before with CloseFD, whose callbacks Close waits
// for, or afterwards without the proactor.
//
// The callbacks run on the goroutine that drives the proactor, on one in Flush, or, if no
// goroutine drives it, on the one that calls Close.
func (p *Proactor) Close() error {
	p.closing.Store(true)
	p.interruptPark()
	if p.dispatching.Load() && inCallback() {
		return nil
	}
	p.finishClosing()
	<-p.closed
	return p.closeErr
}

// Done is closed when the proactor has ended.
func (p *Proactor) Done() <-chan struct{} { return p.closed }

func (p *Proactor) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// finishClosing makes the caller the loop for the last time. If another goroutine is the loop, that one
// gets here when it stops driving. If a callback panics, the next caller goes on.
func (p *Proactor) finishClosing() {
	if !p.driving.CompareAndSwap(false, true) {
		return
	}
	defer p.driving.Store(false)
	p.loopLock.Lock()
	defer p.loopLock.Unlock()
	if !p.isClosed() {
		p.shutDown()
	}
}

// shutDown is the loop's last act.
func (p *Proactor) shutDown() {
	p.alarms.Close()
	p.drain()
	if p.failure != nil {
		p.giveUp()
		p.closeErr = p.failure
	} else {
		p.closeErr = p.backend.Close()
	}
	p.publish()
	p.controls.close() // nothing is left that they could be about
	close(p.closed)
}

// drain stops everything and waits for it.
func (p *Proactor) drain() {
	p.draining = true
	p.admitAll(p.mailbox.popAll(true))
	p.stopAll()
	left := leaving{until: never}
	for !p.unoccupied() || p.listening.Size > 0 {
		worked, err := p.round()
		if err == nil && !worked {
			if p.leaveAbandoned(&left) {
				continue
			}
			err = p.park(left.until)
		}
		if err != nil {
			return
		}
	}
}

// stopAll asks all operations to stop. Closes cannot be stopped: they are carried out.
func (p *Proactor) stopAll() {
	for n := p.queue.First; n != nil; {
		next := n.Next
		p.stop(n.Value, reasonClosed)
		n = next
	}
	for p.listening.Size > 0 {
		p.stop(p.listening.First.Value, reasonClosed)
	}
	for i := range p.inFlight.slots {
		if c := p.inFlight.slots[i].c; c != nil {
			p.stop(c, reasonClosed)
		}
	}
	for len(p.timers.Entries) > 0 {
		c := p.timers.Entries[0].Of
		p.timers.clear(c)
		p.stop(c, reasonClosed)
	}
}

// inCallback reports whether the calling goroutine runs a callback: whether dispatch is
// on its stack. A callback of another proactor counts too; it must not wait either. Go
// tells a function its callers' names though they are inlined, and Close is rare enough
// to look through the whole stack.
func inCallback() bool {
	pcs := make([]uintptr, 64)
	n := runtime.Callers(2, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*len(pcs))
		n = runtime.Callers(2, pcs)
	}
	frames := runtime.CallersFrames(pcs[:n])
	for {
		frame, more := frames.Next()
		if frame.Function == dispatchName {
			return true
		}
		if !more {
			return false
		}
	}
}

// dispatchName is what the runtime calls dispatch, in this build.
var dispatchName = runtime.FuncForPC(reflect.ValueOf((*Proactor).dispatch).Pointer()).Name()
