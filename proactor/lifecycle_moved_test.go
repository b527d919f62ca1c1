package proactor

import (
	"testing"
	"time"
)

// A deadline that was moved before it passed has no effect, even if the loop looks only afterwards: between two
// rounds, or within one that has taken the controls already.
func TestDeadlineMovedInTimeThatTheLoopSeesLate(t *testing.T) {
	rounds := map[string]func(r *rig, move func()){
		"between rounds": func(r *rig, move func()) { move(); r.tick() },
		"within a round": func(r *rig, move func()) {
			r.p.loopLock.Lock()
			r.p.collect()
			move()
			r.p.expire()
			r.p.loopLock.Unlock()
			r.tick()
		},
	}
	for name, round := range rounds {
		t.Run(name, func(t *testing.T) {
			overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
				inTime := false
				for old := 5 * time.Millisecond; !inTime && !t.Failed(); old *= 2 {
					x := newExchange(newRig(t, Config{}), s)
					x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
					x.reach(x.settled())
					passes := time.Now().Add(old)
					x.p.SetDeadline(x.c, passes)
					x.tick()
					round(x.rig, func() {
						x.p.SetDeadline(x.c, passes.Add(time.Hour))
						inTime = time.Now().Before(passes)
						time.Sleep(time.Until(passes.Add(time.Millisecond)))
					})
					if inTime {
						x.still()
						x.finish()
						x.ordinary()
					}
				}
			})
		})
	}
}
