package proactor

import "time"

// A yielder brings the loop back behind the goroutines that it has woken, on its own
// CPU. runtime.Gosched puts the loop on the global queue, where any idle CPU finds it
// at once. It would go on there before a woken goroutine has submitted anything, and
// the kernel would have to interrupt the thread that the loop left, whose operations
// end there (io_uring_setup(2), IORING_SETUP_COOP_TASKRUN).
//
// The yielder's goroutine is woken last but one. The scheduler runs the goroutine that
// was woken last first, so the yielder's runs behind all others. If the last callback
// wakes no goroutine the loop is back at once; only a good batch is lost.
type yielder struct {
	ask    chan bool // whether to answer; holds one arrange and one requeue, both sent with the loop lock
	answer chan struct{}
	asked  bool
	timer  *time.Timer // ends a wait early
}

func newYielder() *yielder {
	y := &yielder{ask: make(chan bool, 2), answer: make(chan struct{}, 1)}
	go func() {
		defer close(y.answer)
		for answer := range y.ask {
			if answer {
				y.answer <- struct{}{}
			}
		}
	}()
	return y
}

// requeue moves the goroutine that was woken last behind the others: the yielder's runs
// next in its place.
func (y *yielder) requeue() {
	if y != nil && len(y.ask) == 0 { // otherwise it is about to run anyway
		y.ask <- false
	}
}

// arrange prepares wait. One more goroutine should be woken in between.
func (y *yielder) arrange() {
	if y != nil && !y.asked {
		y.asked = true
		y.ask <- true
	}
}

// wait, which arrange has prepared, returns when the goroutines woken before have run, or when
// something is due in left (0: nothing is). Those goroutines go on then, and the next wait is for
// them too.
func (y *yielder) wait(left time.Duration) {
	if left == 0 {
		<-y.answer
		y.asked = false
		return
	}
	if y.timer == nil {
		y.timer = time.NewTimer(left)
	} else {
		y.timer.Reset(left)
	}
	select {
	case <-y.answer:
		y.asked = false
		y.timer.Stop()
	case <-y.timer.C:
	}
}

// end ends the goroutine.
func (y *yielder) end() {
	close(y.ask)
	for range y.answer {
	}
}
