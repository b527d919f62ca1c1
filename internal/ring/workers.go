//go:build linux

package ring

import (
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/readiness"
)

// A job is a request that a worker carries out.
type job struct {
	req    *backend.Request
	token  backend.Token
	result int
	next   *job
	list   *jobs // where it waits; nil: a worker has begun it
	behind bool  // it is one of the writes of one descriptor, of which one is carried out at a time
}

// jobs are in order of arrival.
type jobs struct{ first, last *job }

func (l *jobs) push(j *job) {
	j.next, j.list = nil, l
	if l.first == nil {
		l.first = j
	} else {
		l.last.next = j
	}
	l.last = j
}

// pop takes the first job, or nil.
func (l *jobs) pop() *job {
	j := l.first
	if j != nil {
		l.first, j.list = j.next, nil
	}
	return j
}

func (l *jobs) remove(j *job) {
	var before *job
	for at := l.first; at != j; at = at.next {
		before = at
	}
	if before == nil {
		l.first = j.next
	} else {
		before.next = j.next
	}
	if l.last == j {
		l.last = before
	}
	j.list = nil
}

// workers carry out requests that a thread of the kernel would carry out
// otherwise. A worker has let go of the file when its result is there: the
// reference that a system call holds ends with the call. The kernel's own threads
// post a result first, and keep the file open for a while.
//
// Writes of one descriptor are carried out one after the other, as by the kernel's
// threads: file systems take one at a time, and threads that wait for each other cost
// more than the writes.
//
// A worker is a goroutine that ends when there is nothing left to do.
type workers struct {
	most int
	wake func()
	run  func() // work, made once
	wg   sync.WaitGroup
	any  atomic.Bool // done is not empty

	mu      sync.Mutex
	queue   jobs
	writes  map[int]*jobs // of each descriptor that is written to: those behind the one under way
	spare   []*jobs       // for writes
	done    *job          // the last one first
	running int
}

func (w *workers) init(most int, wake func()) {
	w.most, w.wake, w.run = max(most, 1), wake, w.work
	w.writes = make(map[int]*jobs)
}

// submit has j run; where all workers are busy, after what came before.
func (w *workers) submit(j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j.behind = j.req.Op == backend.OpWrite || j.req.Op == backend.OpWriteV; j.behind {
		if others := w.writes[j.req.FD]; others != nil {
			others.push(j)
			return
		}
		w.writes[j.req.FD] = w.newList()
	}
	w.queue.push(j)
	if w.running < w.most {
		w.running++
		w.wg.Add(1)
		go w.run()
	}
}

func (w *workers) newList() *jobs {
	n := len(w.spare)
	if n == 0 {
		return new(jobs)
	}
	l := w.spare[n-1]
	w.spare = w.spare[:n-1]
	return l
}

// leave lets the next write of j's descriptor begin. The lock is held.
func (w *workers) leave(j *job) {
	others := w.writes[j.req.FD]
	if next := others.pop(); next != nil {
		w.queue.push(next)
		return
	}
	delete(w.writes, j.req.FD)
	w.spare = append(w.spare, others)
}

// withdraw takes j back, or reports that it has begun.
func (w *workers) withdraw(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j.list == nil {
		return false
	}
	first := j.behind && j.list == &w.queue // of its descriptor: those behind wait for it
	j.list.remove(j)
	if first {
		w.leave(j)
	}
	return true
}

// work is one worker.
func (w *workers) work() {
	defer w.wg.Done()
	for j := w.next(nil); j != nil; j = w.next(j) {
		j.result = readiness.Perform(j.req)
	}
}

// next hands over what was done, if anything, and returns what is to be done.
func (w *workers) next(done *job) *job {
	w.mu.Lock()
	if done != nil {
		if done.behind {
			w.leave(done)
		}
		done.next = w.done
		w.done = done
		w.any.Store(true)
	}
	j := w.queue.pop()
	if j == nil {
		w.running--
	}
	w.mu.Unlock()
	if done != nil {
		w.wake()
	}
	return j
}

// finished reports whether take has something to return.
func (w *workers) finished() bool { return w.any.Load() }

// popAll returns what is done, linked by next.
func (w *workers) popAll() *job {
	if !w.any.Load() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	done := w.done
	w.done = nil
	w.any.Store(false)
	return done
}

// wait returns when no worker is left.
func (w *workers) wait() { w.wg.Wait() }
