package proactor

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/backend"
)

// A KindStats counts the operations of one kind. All counts only grow.
type KindStats struct {
	Op       string // "recv", "accept", "timeout": as OpError names it
	Begun    uint64 // operations that have begun
	Ended    uint64 // operations that have ended in any way
	Failed   uint64 // of these, with an error other than the two below
	Canceled uint64 // of these, stopped on request, by a close of their descriptor or of the proactor
	TimedOut uint64 // of these, stopped by their timeout
	Bytes    uint64 // moved, also by failed operations
	Latency  Histogram
}

// Add adds the counts of other, such as those of another loop.
func (k *KindStats) Add(other *KindStats) {
	k.Begun += other.Begun
	k.Ended += other.Ended
	k.Failed += other.Failed
	k.Canceled += other.Canceled
	k.TimedOut += other.TimedOut
	k.Bytes += other.Bytes
	k.Latency.Add(&other.Latency)
}

// kindsOfOps is how many kinds of operations there are: those of the backends, followed by those of the
// loop.
const kindsOfOps = int(backend.OpCount) + int(kindCancel-kindTimeout) + 1

// opKind is the index of c's kind of operation among all kinds.
func (c *Completion) opKind() int {
	if c.kind <= kindClose {
		return int(c.req.Op)
	}
	return int(backend.OpCount) + int(c.kind-kindTimeout)
}

// opKindName is the name of a kind of operation.
func opKindName(i int) string {
	if i < int(backend.OpCount) {
		return backend.Op(i).String()
	}
	return kindNames[kindTimeout+kind(i-int(backend.OpCount))]
}

// kindCounts are the loop's own counts of one kind.
type kindCounts struct {
	begun, ended, failed, canceled, timedOut, bytes uint64

	latency *Histogram // nil until one is timed
}

// movingOps are the operations whose result is a count of bytes.
const movingOps = backend.OffsetOps | sendOps | recvOps | 1<<backend.OpWriteSync

// ended counts the end of c. It times c if c has waited, or as one in oneTimed. Every operation passes
// it, so the parts that few need are in other functions.
func (p *Proactor) ended(c *Completion) {
	k := &p.watch.kinds[c.opKind()]
	if k.ended++; c.since == 0 { // the one that is not dated: it did not wait
		p.watch.undated = nil
	} else if c.since != p.batchTime || k.ended%oneTimed == 0 || k.ended <= oneTimed {
		p.endedDated(k, c)
	}
}

func (p *Proactor) endedDated(k *kindCounts, c *Completion) {
	times := uint64(1)
	if c.since == p.batchTime { // it did not wait, and stands for others
		times = k.ended - k.timed()
	}
	p.timed(k, c, times)
}

// moved counts the bytes that c has moved.
func (p *Proactor) moved(c *Completion, n int) {
	if c.kind == kindIO && movingOps&(1<<c.req.Op) != 0 {
		p.watch.kinds[c.opKind()].bytes += uint64(n)
	}
}

// failed counts the end of c by err.
func (p *Proactor) failed(c *Completion, err error) {
	k := &p.watch.kinds[c.opKind()]
	switch {
	case err == errTimeout:
		k.timedOut++
	case err == ErrCanceled, errors.Is(err, ErrClosed):
		k.canceled++
	default:
		k.failed++
	}
}

// timed is how many operations the histogram counts, including those that were not timed themselves.
func (k *kindCounts) timed() uint64 {
	if k.latency == nil {
		return 0
	}
	return k.latency.Count
}

// timed records how long c took, as the duration of that many operations.
func (p *Proactor) timed(k *kindCounts, c *Completion, times uint64) {
	w := &p.watch
	if w.found == 0 {
		w.found = p.look()
	}
	if k.latency == nil {
		k.latency = new(Histogram)
	}
	k.latency.add(w.found-c.since, times)
}

// Kinds returns the current counts of each kind of operation that has been used. If the loop does
// not answer, it returns earlier counts. Kinds waits at most 50 ms for the loop. Any goroutine
// may call it, but not in a callback.
func (p *Proactor) Kinds() []KindStats {
	var all []KindStats
	var answer uint64
	answered := p.ask(func() bool { all, answer = p.kindsNow(), p.watch.kindsAnswers.Add(1); return false })
	if !answered {
		return p.watch.keepKinds(nil, 0)
	}
	return p.watch.keepKinds(all, answer)
}

// keepKinds keeps an answer of the loop, unless another caller has got a later one, and returns the
// latest, so that counts never fall.
func (w *watch) keepKinds(all []KindStats, answer uint64) []KindStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer > w.lastAnswer {
		w.lastKinds, w.lastAnswer = all, answer
	}
	return append([]KindStats(nil), w.lastKinds...)
}

// kindsNow is Kinds as the loop sees it. Call it on the loop, or after that has ended.
func (p *Proactor) kindsNow() (all []KindStats) {
	for i := range p.watch.kinds {
		k := &p.watch.kinds[i]
		if k.begun == 0 {
			continue
		}
		s := KindStats{
			Op: opKindName(i), Begun: k.begun, Ended: k.ended, Failed: k.failed, Canceled: k.canceled, TimedOut: k.timedOut, Bytes: k.bytes,
		}
		if k.latency != nil {
			s.Latency = *k.latency
		}
		all = append(all, s)
	}
	return all
}

// A watch is what the loop records for Operations, Kinds and LoopState. Reading the clock costs a tenth
// of the fastest operation. So of the operations that arrive alone and complete at once, the loop reads
// it only for one in oneTimed.
type watch struct {
	undated *Completion // the one operation whose Completion.since is not set yet
	single  uint32      // how many operations have arrived alone
	dated   int64       // when the operations being admitted arrived; 0: the operation is undated
	found   int64       // when the results of this round were found; 0: the clock was not read
	looked  int64       // when the clock was last read since the loop parked; 0: it was not
	longest int64       // the longest time between two readings
	rounds  uint64
	lag     int64 // how late the last timer was
	lagMost int64

	kinds [kindsOfOps]kindCounts

	asked     inspections
	surveying sync.Mutex // held while a goroutine lists the operations
	surveys   uint32     // how many lists were begun, under surveying; survey.id is a copy

	kindsAnswers atomic.Uint64 // how often the loop has answered Kinds

	mu sync.Mutex
	// What the loop answered last, under mu.
	lastKinds  []KindStats
	lastAnswer uint64 // the number of the answer that lastKinds are
	lastState  LoopState
}

// One in oneTimed of the operations that complete at once is timed. The first oneTimed are all timed, so
// that a program that does little has figures too.
const oneTimed = 64

// timerExpired records how late a timer is.
func (w *watch) timerExpired(now, when int64) {
	w.lag = now - when
	w.lagMost = max(w.lagMost, w.lag)
}

// look is now, and keeps the longest time that the loop was busy without a look.
func (p *Proactor) look() int64 {
	now := p.now()
	if w := &p.watch; w.looked != 0 {
		w.longest = max(w.longest, now-w.looked)
	}
	p.watch.looked = now
	return now
}

// date records when the operations from first on, which are admitted next, have arrived.
func (p *Proactor) date(first *Completion) {
	w := &p.watch
	if w.undated != nil {
		w.undated.since = p.batchNow() // it waits
		w.undated = nil
	}
	if first.next == nil {
		if w.single++; w.single > oneTimed && w.single%oneTimed != 0 {
			w.dated, w.undated = 0, first
			return
		}
	}
	w.dated = p.batchNow()
}

// dateWaiting dates the operation that is not dated yet, if there is one, before the loop waits. now
// is the time, or 0 if that is not known.
func (p *Proactor) dateWaiting(now int64) {
	if p.watch.undated != nil {
		p.dateUndated(now)
	}
	p.watch.looked = 0
}

// dateUndated is not inlined, because few operations need it.
//
//go:noinline
func (p *Proactor) dateUndated(now int64) {
	if now == 0 {
		now = p.look()
	}
	p.watch.undated.since = now
	p.watch.undated = nil
}
