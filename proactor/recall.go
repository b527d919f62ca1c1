package proactor

// A recall brings the loop back behind the goroutines that it has woken, on its
// own processor. runtime.Gosched would put it where any idle processor finds it at
// once: the loop would go on there before anybody has submitted anything, and the
// kernel would have to interrupt the thread it left, whose operations end there
// (io_uring_setup(2), IORING_SETUP_COOP_TASKRUN).
//
// Its goroutine is woken last but one, and so is behind the others in the run queue:
// what is woken last runs first. Where the last callback wakes nobody the loop is back
// at once, and nothing but a good batch is lost.
type recall struct {
	ask    chan bool // whether to answer; with room for one of each, from whoever has the turn
	answer chan struct{}
	asked  bool
}

func newRecall() *recall {
	r := &recall{ask: make(chan bool, 2), answer: make(chan struct{}, 1)}
	go func() {
		defer close(r.answer)
		for answer := range r.ask {
			if answer {
				r.answer <- struct{}{}
			}
		}
	}()
	return r
}

// pass puts the goroutine that was woken last behind the others: this one runs next
// in its place.
func (r *recall) pass() {
	if r != nil && len(r.ask) == 0 { // else it is going to run as it is
		r.ask <- false
	}
}

// arrange asks for the loop to be called back. One goroutine more should be woken
// before wait.
func (r *recall) arrange() {
	if r != nil && !r.asked {
		r.asked = true
		r.ask <- true
	}
}

// wait waits for what was arranged, and reports false if nothing was.
func (r *recall) wait() bool {
	if r == nil || !r.asked {
		return false
	}
	<-r.answer
	r.asked = false
	return true
}

// end ends the goroutine.
func (r *recall) end() {
	close(r.ask)
	for range r.answer {
	}
}
