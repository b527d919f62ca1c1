package fdcall

import (
	"runtime"
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A monitor looks at the loops now and then, for Config.OnNotice. It runs while a loop does.
type monitor struct {
	mu      sync.Mutex
	running bool
	stop    chan struct{} // closed to end it
	ended   chan struct{}

	// Its own.
	slow    map[slowKey]proactor.Operation
	stalled map[int]time.Time
	dumped  time.Time
}

// A slowKey is one operation, as far as it can be told from others.
type slowKey struct {
	op    string
	fd    int
	loop  int
	since int64
}

// How often the monitor looks, for Config.SlowAfter.
const (
	slowDefault  = time.Second
	slowLeast    = 20 * time.Millisecond
	monitorMost  = 250 * time.Millisecond // an IO that is idle ends soon, and its monitor with it
	stacksAtMost = time.Minute            // apart
)

func slowAfter(config proactor.Config) time.Duration {
	if config.SlowAfter == 0 {
		return slowDefault
	}
	return max(config.SlowAfter, slowLeast)
}

// startMonitor has the loops looked at, where somebody wants to know.
func (s *Loops) startMonitor() {
	m := &s.monitor
	if s.Config.OnNotice == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running {
		return
	}
	m.running, m.stop, m.ended = true, make(chan struct{}), make(chan struct{})
	go s.watch(m.stop, m.ended)
}

// stopMonitor ends it, and waits for that.
func (s *Loops) stopMonitor() {
	m := &s.monitor
	m.mu.Lock()
	running, ended := m.running, m.ended
	if running {
		m.running = false
		close(m.stop)
	}
	m.mu.Unlock()
	if running {
		<-ended
	}
}

func (s *Loops) watch(stop, ended chan struct{}) {
	defer close(ended)
	after := slowAfter(s.Config)
	tick := time.NewTicker(min(after/4, monitorMost))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if s.endMonitor(stop) {
			return
		}
		s.lookForSlow(after)
		s.lookForStalled(after)
	}
}

// endMonitor ends the monitor where no loop runs, and reports whether it has.
func (s *Loops) endMonitor(stop chan struct{}) bool {
	m := &s.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != stop || !m.running {
		return true
	}
	for _, l := range s.loops() {
		if e := l.current.Load(); e != nil && !isClosed(e.Proactor.Done()) {
			return false
		}
	}
	m.running = false
	return true
}

// lookForSlow tells of calls on files that take long, once, and once more when they end.
func (s *Loops) lookForSlow(after time.Duration) {
	m, now := &s.monitor, time.Now()
	listed := make(map[slowKey]bool)
	for _, o := range s.Operations(0) {
		elapsed := now.Sub(o.Since)
		if !o.File || elapsed < after {
			continue
		}
		key := slowKey{o.Op, o.FD, o.Loop, o.Since.UnixNano()}
		listed[key] = true
		if _, known := m.slow[key]; !known {
			if m.slow == nil {
				m.slow = make(map[slowKey]proactor.Operation)
			}
			m.slow[key] = o
			s.Notify(proactor.Notice{Kind: proactor.NoticeSlow, Loop: o.Loop, Operation: o, Took: elapsed})
		}
	}
	for key, o := range m.slow {
		if _, stands := m.stalled[o.Loop]; !listed[key] && !stands {
			delete(m.slow, key)
			s.Notify(proactor.Notice{Kind: proactor.NoticeSlowEnded, Loop: o.Loop, Operation: o, Took: now.Sub(o.Since)})
		}
	}
}

// lookForStalled tells of loops that do not answer, once, and once more when they do.
func (s *Loops) lookForStalled(after time.Duration) {
	m, now := &s.monitor, time.Now()
	for _, l := range s.States() {
		since, known := m.stalled[l.Loop]
		switch {
		case l.Stalled && !known && now.Sub(l.Since) >= after:
			if m.stalled == nil {
				m.stalled = make(map[int]time.Time)
			}
			m.stalled[l.Loop] = l.Since
			s.Notify(proactor.Notice{
				Kind: proactor.NoticeStalled, Loop: l.Loop, Phase: l.Phase, Took: now.Sub(l.Since), Stacks: m.stacks(now),
			})
		case !l.Stalled && known:
			delete(m.stalled, l.Loop)
			s.Notify(proactor.Notice{Kind: proactor.NoticeGoesOn, Loop: l.Loop, Took: now.Sub(since)})
		}
	}
}

// stacks is what all goroutines do, or "" where that was told of late: it stops them for a
// moment.
func (m *monitor) stacks(now time.Time) string {
	if now.Sub(m.dumped) < stacksAtMost {
		return ""
	}
	m.dumped = now
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
