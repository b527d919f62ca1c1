//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

// Package workers makes the system calls of requests that block a thread: where no kernel
// facility can wait for them, or where it would hold a file open after the result. A
// worker has let go of the file when its result is there, since the reference that a
// system call holds ends with the call. The package must never decide which requests
// those are, which is for each backend to know.
package workers

import (
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
	sockets "github.com/awaitio/awaitio/internal/socket"
)

// A Job is a request on its way through a Pool.
//
//	Submit --> waiting --> running --> done --> PopAll
//	              \--> Withdraw \--> Leave
type Job struct {
	Req    *backend.Request
	Result int // as in the request's event, once it is done

	node  list.Node[Job]
	on    *list.List[Job] // where it waits
	write bool            // one of the writes of one descriptor, of which one runs at a time
	phase phase
}

// phase is how far a Job has come that a worker has begun.
type phase uint8

const (
	running phase = iota
	done
	left // see Leave
)

// A Pool is workers of one backend. A worker is a goroutine that ends when there is
// nothing left to do, so an idle backend has none.
//
// Writes of one descriptor are carried out one after the other: file systems take one
// at a time, and threads that wait for each other cost more than the writes.
type Pool struct {
	Done atomic.Bool // PopAll has something to return

	most    int
	wake    func()
	perform func(*backend.Request) int // Perform, but in tests
	workers sync.WaitGroup

	mu     sync.Mutex
	now    int // workers that run
	peak   int // of them at once so far
	calls  lane
	closes lane                    // no other request that hangs holds them up
	writes map[int]*list.List[Job] // by descriptor, those behind the one that was begun or is next
	spare  []*list.List[Job]       // for writes
	done   list.List[Job]
}

// A lane is jobs with workers of their own.
type lane struct {
	queue   list.List[Job]
	running int
	run     func() // work, made once
}

// New returns a Pool of at most most workers, and as many for closes. wake is called when
// a job is done.
func New(most int, wake func()) *Pool {
	p := &Pool{most: max(most, 1), wake: wake, perform: Perform, writes: make(map[int]*list.List[Job])}
	p.calls.run = func() { p.work(&p.calls) }
	p.closes.run = func() { p.work(&p.closes) }
	return p
}

// Submit has j run; where all workers are busy, after what came before. j must not be
// touched until it is withdrawn or done.
func (p *Pool) Submit(j *Job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := &p.calls
	j.phase = running
	if j.Req.Op == backend.OpClose {
		l = &p.closes
	}
	if j.write = j.Req.Op == backend.OpWrite || j.Req.Op == backend.OpWriteV; j.write {
		if behind := p.writes[j.Req.FD]; behind != nil {
			behind.PushBack(&j.node, j)
			j.on = behind
			return
		}
		p.writes[j.Req.FD] = p.newList()
	}
	l.push(j)
	if l.running < p.most {
		l.running++
		p.now++
		p.peak = max(p.peak, p.now)
		p.workers.Add(1)
		go l.run()
	}
}

func (l *lane) push(j *Job) {
	l.queue.PushBack(&j.node, j)
	j.on = &l.queue
}

func (p *Pool) newList() *list.List[Job] {
	n := len(p.spare)
	if n == 0 {
		return new(list.List[Job])
	}
	l := p.spare[n-1]
	p.spare = p.spare[:n-1]
	return l
}

// nextWrite lets the write behind j begin. The lock is held.
func (p *Pool) nextWrite(j *Job) {
	behind := p.writes[j.Req.FD]
	if next := behind.PopFront(); next != nil {
		p.calls.push(next)
		return
	}
	delete(p.writes, j.Req.FD)
	p.spare = append(p.spare, behind)
}

// Withdraw takes j back. It reports false if j has begun, or is a close, which is never
// taken back.
func (p *Pool) Withdraw(j *Job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.on == nil || j.on == &p.closes.queue {
		return false
	}
	first := j.write && j.on == &p.calls.queue // of its descriptor: those behind wait for it
	j.on.Remove(&j.node)
	j.on = nil
	if first {
		p.nextWrite(j)
	}
	return true
}

// Leave has nobody wait for j, which a worker has begun: it is not among what PopAll returns, Wait
// does not wait for its worker, and what j.Req refers to is the worker's. A descriptor that it
// makes is closed. Leave reports false if j is done. Nothing is to be submitted after it.
func (p *Pool) Leave(j *Job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.on != nil || j.phase != running {
		return false
	}
	j.phase = left
	p.workers.Done() // its worker ends with it
	return true
}

// work is one worker.
func (p *Pool) work(l *lane) {
	for j := p.next(l, nil); j != nil; {
		result := p.perform(j.Req)
		if p.wasLeft(j) {
			if result >= 0 && backend.DescriptorOps&(1<<j.Req.Op) != 0 {
				_ = sockets.CloseDescriptor(result) // nobody is left to hear of an error
			}
			return
		}
		j.Result = result
		j = p.next(l, j)
	}
	p.workers.Done()
}

// wasLeft reports whether nobody waits for j, which is done.
func (p *Pool) wasLeft(j *Job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.phase == left {
		p.now--
		return true
	}
	j.phase = done
	return false
}

// next hands over what was done, if anything, and returns what is to be done.
func (p *Pool) next(l *lane, done *Job) *Job {
	p.mu.Lock()
	if done != nil {
		if done.write {
			p.nextWrite(done)
		}
		p.done.PushBack(&done.node, done)
		p.Done.Store(true)
	}
	j := l.queue.PopFront()
	if j != nil {
		j.on = nil
	} else {
		l.running--
		p.now--
	}
	p.mu.Unlock()
	if done != nil {
		p.wake()
	}
	return j
}

// Levels are how many workers run, how many jobs wait for one, and how many have run at once so far.
func (p *Pool) Levels() (running, inLine, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	inLine = p.calls.queue.Size + p.closes.queue.Size
	for _, behind := range p.writes {
		inLine += behind.Size
	}
	return p.now, inLine, p.peak
}

// PopAll returns what is done, in order.
func (p *Pool) PopAll() list.List[Job] {
	if !p.Done.Load() {
		return list.List[Job]{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	done := p.done
	p.done = list.List[Job]{}
	p.Done.Store(false)
	return done
}

// Wait returns when no worker is left.
func (p *Pool) Wait() { p.workers.Wait() }
