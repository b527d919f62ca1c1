//go:build unix

package simproc

import (
	"context"
	"fmt"
	"time"
)

// When a parent looks at a child that shows no progress.
const (
	watchEvery = 50 * time.Millisecond
	stillAfter = 300 * time.Millisecond // a first look, and the next as long after
	spinAfter  = 3 * time.Second        // a program that uses so much of the processor at one instant, and gets nothing done, spins
	answerMax  = 2 * time.Second        // for an answer to a look
	computeMax = time.Minute            // the default of Parent.ComputeMax

	busyMin = 100 * time.Millisecond // of the processor, between two looks: it does not wait
)

// watch returns when the child has ended, by itself or because it hangs or ctx ended.
func (c *process) watch(ctx context.Context) {
	w := watcher{c: c, ticked: time.Now()}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	messages := c.messages
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				messages = nil
				continue
			}
			w.note(m)
		case <-tick.C:
			w.look(time.Now())
		case <-ctx.Done():
			_ = c.cmd.Process.Kill() // it may have ended
			<-c.ended
			c.finish(messages)
			return
		case <-c.ended:
			c.finish(messages)
			return
		}
	}
}

// finish takes what the child has said last.
func (c *process) finish(messages <-chan message) {
	if messages != nil {
		w := watcher{c: c}
		for m := range messages {
			w.note(m)
		}
	}
	c.control.Close()
}

// A watcher tells a child that hangs from one that is busy. It has a clock of its own, which
// stands while nobody gets a processor: where the machine sleeps, a child does not hang.
type watcher struct {
	c      *process
	ticked time.Time
	clock  time.Duration

	events uint64
	now    int64
	works  uint64

	moved    time.Duration // when events or now were seen to change last, by clock
	worked   time.Duration // when works was
	answered time.Duration // when the child answered a look last
	asked    time.Duration // when it was asked, if asking
	asking   bool          // an answer is due

	used   time.Duration // what the child had used of the processor at its first look
	stands Kind          // what the last look found, at the same event
	ending bool          // the child is about to end
}

// note takes a message of the child.
func (w *watcher) note(m message) {
	c := w.c
	switch {
	case m.Report != nil:
		c.report, w.ending = m.Report, true
	case m.NoTable != "":
		c.noTable = m.NoTable
	case m.Chance != 0:
		c.chance = m.Chance
	case m.Another:
		c.another, w.ending = true, true
	case m.NoMutex:
		c.noMutex, w.ending = true, true
	case m.Stacks != "" && !w.ending:
		w.judge(m.Stacks)
	}
}

// look asks the child what it does if it has not moved for long.
func (w *watcher) look(now time.Time) {
	w.clock += min(now.Sub(w.ticked), 2*watchEvery)
	w.ticked = now
	page := w.c.page
	if works := page.Works.Load(); works != w.works {
		w.works, w.worked = works, w.clock
	}
	if events, at := page.Events.Load(), page.Now.Load(); events != w.events || at != w.now {
		w.events, w.now, w.moved, w.stands, w.used = events, at, w.clock, Moves, 0
	}
	switch {
	case w.ending:
	case w.asking:
		if w.clock-w.asked > answerMax && w.spun() > spinAfter {
			w.end("simulated time stands still: a goroutine runs without ever calling a function, or a call in C does not return")
			w.c.quit()
		}
	case w.clock-w.moved > stillAfter && w.clock-w.answered > stillAfter:
		if w.used == 0 {
			w.used = processorTime(w.c.cmd.Process.Pid)
		}
		w.asked, w.asking = w.clock, true
		_, _ = w.c.control.Write([]byte("look\n")) // a child that is gone is seen by Wait
	}
}

// spun is how long the child has used the processor since its first look and got nothing done.
// Where that cannot be told it is how long it has been.
func (w *watcher) spun() time.Duration {
	idle := w.clock - max(w.moved, w.worked)
	if w.used == 0 {
		return idle
	}
	return min(idle, stillAfter+processorTime(w.c.cmd.Process.Pid)-w.used)
}

// judge takes the answer to a look. What hangs is found in the same state twice.
func (w *watcher) judge(stacks string) {
	w.asking, w.answered = false, w.clock
	still := w.clock - w.moved
	if still < stillAfter {
		return
	}
	all := ParseStacks(stacks)
	kind, who := Judge(all)
	if kind == Outside && w.used > 0 && processorTime(w.c.cmd.Process.Pid)-w.used > busyMin {
		kind = Spin // with system calls, of which a look has met one
	}
	before := w.stands
	w.stands = kind
	limit := w.c.max
	if limit == 0 {
		limit = computeMax
	}
	switch {
	case kind == Moves:
		return
	case kind == Spin && still < limit && (!ofHost(who) || w.spun() < spinAfter):
		return
	case kind != Spin && (before != kind || still < 2*stillAfter):
		return
	}
	w.end(Explain(kind, who, all))
	_ = w.c.cmd.Process.Kill() // it may have ended
}

func (w *watcher) end(why string) {
	w.ending = true
	w.c.stall = fmt.Sprintf("%v after %d events: %s", time.Duration(w.now), w.events, why)
}
