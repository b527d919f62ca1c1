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

// submit has f run; where all workers are busy, after what came before.
func (w *workers) submit(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue.push(f)
	if w.running < w.max {
		w.running++
		w.wg.Add(1)
		go w.work()
	}
}

// recall takes f back, or reports that it is running or done.
func (w *workers) recall(f *flight) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g := w.queue.head; g != nil; g = g.next {
		if g == f {
			w.queue.remove(f)
			return true
		}
	}
	return false
}

func (w *workers) work() {
	defer w.wg.Done()
	for {
		w.mu.Lock()
		f := w.queue.head
		if f == nil {
			w.running--
			w.mu.Unlock()
			return
		}
		w.queue.remove(f)
		w.mu.Unlock()
		f.result = f.block()
		w.mu.Lock()
		w.done.push(f)
		w.any.Store(true)
		w.mu.Unlock()
		w.wake()
	}
}

func (w *workers) finished() bool { return w.any.Load() }

// take returns what is done, linked by next, in order.
func (w *workers) take() *flight {
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
