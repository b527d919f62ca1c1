package fdcall

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A monitor checks the loops a few times a second, for Config.OnNotice. It runs while a loop does.
type monitor struct {
	mu      sync.Mutex
	running bool
	stop    chan struct{} // closed to end it
	ended   chan struct{}

	// Only the monitor's goroutine uses these.
	slow    map[slowKey]proactor.Operation // slow calls that were reported, and have not ended
	stalled map[int]time.Time              // since when the loops stand still that were reported
	dumped  time.Time                      // when the stacks were last reported
}

// A slowKey identifies an operation, as well as its listing allows.
type slowKey struct {
	op    string
	fd    int
	loop  int
	since int64
}

const (
	slowDefault = time.Second           // of Config.SlowAfter
	slowLeast   = 20 * time.Millisecond // of Config.SlowAfter

	// monitorMost is the longest time between two checks. It is short so that the monitor ends soon
	// after the loops of an idle IO have.
	monitorMost = 250 * time.Millisecond

	stacksEvery = time.Minute // stacks are in notices at most this often
)

func slowAfter(config proactor.Config) time.Duration {
	if config.SlowAfter == 0 {
		return slowDefault
	}
	return max(config.SlowAfter, slowLeast)
}

// startMonitor starts the monitor if Config.OnNotice is set and it does not run.
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

// stopMonitor ends the monitor and waits until its goroutine has returned.
func (s *Loops) stopMonitor() { s.stopMonitorIf(func() bool { return true }) }

// stopMonitorIf is stopMonitor if so says, which no monitor begins beside.
func (s *Loops) stopMonitorIf(so func() bool) {
	m := &s.monitor
	m.mu.Lock()
	running, ended := m.running && so(), m.ended
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

// endMonitor ends the monitor if no loop runs, and reports whether it has ended.
func (s *Loops) endMonitor(stop chan struct{}) bool {
	m := &s.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != stop || !m.running {
		return true
	}
	m.running = s.runs()
	return !m.running
}

// runs reports whether a loop runs.
func (s *Loops) runs() bool {
	return slices.ContainsFunc(s.loops(), func(l *Loop) bool {
		e := l.current.Load()
		return e != nil && !isClosed(e.Proactor.Done())
	})
}

// lookForSlow reports a call on a file that takes long, and reports it again when it has ended.
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

// lookForStalled reports a loop that does not answer, and reports it again when it does.
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

// stacks returns the stacks of all goroutines, or "" if it did in the last minute: it stops all
// goroutines for a moment.
func (m *monitor) stacks(now time.Time) string {
	if now.Sub(m.dumped) < stacksEvery {
		return ""
	}
	m.dumped = now
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}
