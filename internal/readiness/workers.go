//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"sync"
	"sync/atomic"
)

// workers run operations that block. A worker is a goroutine that ends when
// there is nothing left to do, so an idle engine has none.
type workers struct {
	max  int
	wake func()
	wg   sync.WaitGroup
	any  atomic.Bool // done is not empty

	mu      sync.Mutex
	queue   queue
	running int
	done    queue
}

func (w *workers) init(most int, wake func()) { w.max, w.wake = max(most, 1), wake }

// submit has o run; where all workers are busy, after what came before.
func (w *workers) submit(o *operation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.push(o)
	if w.running < w.max {
		w.running++
		w.wg.Add(1)
		go w.work()
	}
}

// withdraw removes o from the queue. It reports false if o is running or done.
func (w *workers) withdraw(o *operation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g := w.queue.head; g != nil; g = g.next {
		if g == o {
			w.queue.remove(o)
			return true
		}
	}
	return false
}

func (w *workers) work() {
	defer w.wg.Done()
	for {
		w.mu.Lock()
		o := w.queue.head
		if o == nil {
			w.running--
			w.mu.Unlock()
			return
		}
		w.queue.remove(o)
		w.mu.Unlock()
		o.result = o.block()
		w.mu.Lock()
		w.done.push(o)
		w.any.Store(true)
		w.mu.Unlock()
		w.wake()
	}
}

func (w *workers) finished() bool { return w.any.Load() }

// popAll returns what is done, linked by next, in order.
func (w *workers) popAll() *operation {
	if !w.any.Load() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.done.head
	w.done = queue{}
	w.any.Store(false)
	return first
}

// wait returns when no worker is left.
func (w *workers) wait() { w.wg.Wait() }
