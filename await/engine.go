package await

import (
	"context"
	"sync/atomic"

	"github.com/awaitio/awaitio/proactor"
)

// An engine is a proactor, the goroutine that drives it, and the records of the
// calls it serves.
type engine struct {
	p     *proactor.Proactor
	ended chan struct{} // the goroutine is gone
	over  atomic.Bool   // takes no more submissions

	waiters stock[*waiter]
	signals stock[chan struct{}]

	refill   proactor.Event
	refiller proactor.Completion
}

func newEngine(config proactor.Config) (*engine, error) {
	p, err := proactor.New(config)
	if err != nil {
		return nil, err
	}
	e := &engine{p: p, ended: make(chan struct{})}
	e.waiters.init(func() *waiter { return newWaiter(e) })
	e.signals.init(func() chan struct{} { return make(chan struct{}) })
	if err := e.listen(); err != nil {
		_ = p.Close() // the error above is the one to tell
		return nil, err
	}
	go e.run()
	return e, nil
}

// run drives the proactor until it is closed. A proactor that fails cannot say
// any more which buffers the kernel still has: there is no going on from that.
func (e *engine) run() {
	defer close(e.ended)
	err := e.p.Run(context.Background())
	e.over.Store(true)
	if err != nil {
		panic("await: " + err.Error())
	}
}

// listen has the loop make records when they run short: channels that are made
// there belong to no testing/synctest bubble of a caller.
func (e *engine) listen() error {
	return e.p.Listen(&e.refiller, &e.refill, func(_ *proactor.Completion, r proactor.Result) {
		if r.Err != nil {
			return // closing
		}
		e.waiters.refill()
		e.signals.refill()
		if err := e.listen(); err != nil {
			e.over.Store(true)
		}
	})
}

// shortage asks the loop for more records.
func (e *engine) shortage() { e.p.Trigger(&e.refill) }
