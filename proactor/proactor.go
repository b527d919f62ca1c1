package proactor

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/cpu"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/system"
)

// A Proactor carries out operations and calls back when they are complete. Make one with New.
// Drive it from one goroutine with Run, RunFor or Tick. Submit operations from any goroutine.
type Proactor struct {
	// Shared with the submitters. The padding keeps what they write away from
	// what the loop writes.
	mailbox     mailbox
	parked      atomic.Bool  // the loop waits in the backend, or is about to
	closing     atomic.Bool  // submissions are refused
	queuedCount atomic.Int64 // submissions that count towards Config.MaxQueued
	room        roomWaiters
	attention   atomic.Uint32 // what else is for the loop; see called
	controls    controls
	events      eventStack
	alarms      alarm.Queue
	_           [64]byte

	loopLock    sync.Mutex      // held to make a round: by the loop or, while it is parked, by a caller
	combining   bool            // it is held by a caller
	threadBound atomic.Int64    // operations that only the loop may submit; see backend.ThreadOps
	expiredAt   int64           // when timers and alarms were looked at last
	watcher     backend.Watcher // the backend, where callers may receive themselves; else nil
	woken       uint64          // receivers, by it
	sharer      backend.Sharer  // the backend, where callers can run the loop; else nil
	inTest      bool            // callers may be in a bubble
	inBubble    bool            // the proactor is
	policy      policy
	_           [64]byte

	driving     atomic.Bool
	dispatching atomic.Bool
	closed      chan struct{}
	closeErr    error
	refusal     atomic.Pointer[failedError] // of submissions, where the backend failed

	// The loop's own.
	config       Config
	choice       Choice
	epoch        time.Time
	backend      backend.Backend
	system       system.System // that descriptors are of
	features     backend.Features
	queue        list.List[Completion] // in line for the backend
	inFlight     inFlightTable
	fds          fdTable
	timers       timerHeap
	sounding     int64 // alarms due by then are to be called; 0: none
	batchTime    int64 // of the batch being admitted; 0: the clock has not been read yet
	cancels      []cancelEntry
	listening    list.List[Completion] // events listened to
	completed    list.List[Completion]
	batch        []*backend.Request
	reaped       []backend.Event
	draining     bool
	failure      error  // the backend's
	idleSince    int64  // 0: not idle
	idleActivity uint64 // by then

	counters counters
	watch    watch
	yielder  *yielder // while Run drives

	// Both let other threads have the CPU. They are fields so that a test can count them.
	yieldCPU  func() // sched_yield(2)
	stepAside func() // nanosleep(2)
}

// batchMax is how many requests and events pass the seam in one call.
const batchMax = 256

// New returns a new Proactor. The zero Config is valid. If no backend can run, the error names
// every backend tried and why it cannot run. On a system without a backend, and for a backend
// that this build does not have, it is errors.ErrUnsupported.
//
// Close the Proactor when it is no longer needed.
func New(config Config) (*Proactor, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	b, chosen, err := openBackend(config, candidates)
	if err != nil {
		return nil, err
	}
	chosen.describe(b)
	p := newProactor(config, b)
	p.choice = chosen
	return p, nil
}

func newProactor(config Config, b backend.Backend) *Proactor {
	p := &Proactor{
		config:    config,
		epoch:     time.Now(),
		backend:   b,
		system:    system.Kernel{},
		features:  b.Features(),
		timers:    newTimerHeap(),
		batch:     make([]*backend.Request, 0, batchMax),
		reaped:    make([]backend.Event, batchMax),
		closed:    make(chan struct{}),
		yieldCPU:  cpu.Yield,
		stepAside: cpu.StepAside,
	}
	p.inTest, p.inBubble = inTest(), inBubble()
	p.watcher, _ = b.(backend.Watcher)
	p.sharer = sharer(b, p.inBubble)
	p.policy = newPolicy(config, p.sharer != nil)
	p.counters.opening = b.Counters().SystemCalls
	p.room.signal = make(chan struct{}, 1)
	return p
}

// Backend returns the name of the backend in use, such as "io_uring".
func (p *Proactor) Backend() string { return p.backend.Name() }

// BackendsPassed returns why the backends that are preferred to Backend do not run here, such as
// io_uring under a seccomp filter that forbids it: an error for each, with the likely cause. It
// is nil if the first one runs, and if Config.Backend or PROACTOR_BACKEND names the backend.
// Choice says more. Any goroutine may call it.
func (p *Proactor) BackendsPassed() error { return p.choice.passed() }

// wake has the loop look at what was submitted.
func (p *Proactor) wake() {
	if p.parked.Load() && p.parked.CompareAndSwap(true, false) {
		p.counters.wakeUps.Add(1)
		p.backend.Wake()
	}
}
