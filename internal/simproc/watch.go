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
	spinAfter  = 4 * time.Second        // a program that runs for so long at one instant spins
	answerMax  = 2 * time.Second        // for an answer to a look
	computeMax = time.Minute            // the default of Parent.ComputeMax
)

// watch returns when the child has ended, by itself or because it hangs or ctx ended.
func (c *process) watch(ctx context.Context) {
	w := watcher{c: c, moved: time.Now()}
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

// A watcher tells a child that hangs from one that is busy.
type watcher struct {
	c        *process
	events   uint64
	now      int64
	moved    time.Time // when events or now were seen to change last
	asked    time.Time // when the child was asked for its stacks; zero: no answer is due
	answered time.Time // when it answered last
	stands   Kind      // what the last look found, at the same event
	ending   bool      // the child is about to end
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
	page := w.c.page
	if events, at := page.Events.Load(), page.Now.Load(); events != w.events || at != w.now {
		w.events, w.now, w.moved, w.stands = events, at, now, Moves
	}
	switch {
	case w.ending:
	case !w.asked.IsZero():
		if now.Sub(w.asked) > answerMax && now.Sub(w.moved) > spinAfter {
			w.end("simulated time stands still: a goroutine runs without ever calling a function, or a call in C does not return")
			w.c.quit()
		}
	case now.Sub(w.moved) > stillAfter && now.Sub(w.answered) > stillAfter:
		w.asked = now
		_, _ = w.c.control.Write([]byte("look\n")) // a child that is gone is seen by Wait
	}
}

// judge takes the answer to a look. What hangs is found in the same state twice.
func (w *watcher) judge(stacks string) {
	still := time.Since(w.moved)
	w.asked, w.answered = time.Time{}, time.Now()
	if still < stillAfter {
		return
	}
	all := ParseStacks(stacks)
	kind, who := Judge(all)
	before := w.stands
	w.stands = kind
	limit := w.c.max
	if limit == 0 {
		limit = computeMax
	}
	switch {
	case kind == Moves:
		return
	case kind == Spin && (still < spinAfter || !ofHost(who) && still < limit):
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
