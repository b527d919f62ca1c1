package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/pulse"
)

func init() {
	hook.FlushUntil = flushUntil
	hook.SetPulse = func(p any, own pulse.Pulse) { p.(*Proactor).policy.pulse = own }
	hook.Batching = func(p any) bool { return p.(*Proactor).policy.batchingShow.Load() }
	hook.InBubble = func() bool { return inTest() && inBubble() }
	hook.Passed = func(choice any) error { return choice.(Choice).passed() }
	hook.Observe = func(h any, d time.Duration, times uint64) { h.(*Histogram).add(int64(d), times) }
	hook.Spin = func(p any) time.Duration { return p.(*Proactor).policy.spinShown() }
	hook.Idle = func(p any) bool { return p.(*Proactor).showsIdle() }
	hook.Settle = func(p any) { p.(*Proactor).settleBackend() }
	hook.NewOn = newOn
	hook.SetOwned = setOwned
	hook.Watch = func(p, c any, fd int, callback any) error {
		return p.(*Proactor).watchConn(c.(*Completion), fd, callback.(func(*Completion, Result)))
	}
	hook.OpName = func(c any) string { return opKindName(c.(*Completion).opKind()) }
	hook.Since = func(p, c any) time.Time { return p.(*Proactor).timeOf(c.(*Completion).since) }
	hook.Survey = func(p any, limit int) hook.Listing { return p.(*Proactor).list(limit) }
	hook.SetOwner = func(c any, o hook.Owner) { c.(*Completion).Data, c.(*Completion).owned = o, true }
	hook.Abandon = func(p, c any) { p.(*Proactor).abandon(c.(*Completion)) }
	hook.SetAlarm = func(p any, a *alarm.Alarm, d time.Duration) (bool, error) { return p.(*Proactor).setAlarm(a, d) }
	hook.SetAlarmAt = func(p any, a *alarm.Alarm, t time.Time) (bool, error) { return p.(*Proactor).setAlarmAt(a, t) }
	hook.StopAlarm = func(p any, a *alarm.Alarm) bool { return p.(*Proactor).alarms.Stop(a) }
}

// showsIdle reports whether the published counters have no operation queued or in flight.
func (p *Proactor) showsIdle() bool {
	if p.watcher != nil {
		if parked, resumed := p.watcher.Receivers(); parked != resumed {
			return false
		}
	}
	now := &p.counters.published
	return now[publishedQueued].Load() == 0 && now[publishedInFlight].Load() == 0
}

// watchConn is hook.Watch: an operation that does nothing but that.
func (p *Proactor) watchConn(c *Completion, fd int, callback Callback) error {
	if err := p.claim(c, kindIO, backend.OpNop, fd, callback); err != nil {
		return err
	}
	return p.post(c)
}

// settleBackend is backend.Settler's Settle, if there is one.
func (p *Proactor) settleBackend() {
	if s, ok := p.backend.(backend.Settler); ok {
		s.Settle()
	}
}
