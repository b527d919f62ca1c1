package proactor

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
)

func TestYielderWaitsOnce(t *testing.T) {
	r := newYielder()
	defer r.end()
	if r.asked {
		t.Error("it is asked for nothing")
	}
	r.arrange()
	r.arrange()
	if !r.asked {
		t.Error("it was not asked")
	}
	r.wait(0)
	if r.asked || len(r.ask) > 0 || len(r.answer) > 0 {
		t.Error("asked for twice, it is one time")
	}
	(*yielder)(nil).arrange()
}

// What is due ends the wait before the goroutines have run, and the next wait is for them too.
func TestYielderWaitsNoLongerThanUntilSomethingIsDue(t *testing.T) {
	r := newYielder()
	defer r.end()
	for range 2 { // with a new timer, and with the one that there is
		r.asked = true // and is not answered
		r.wait(time.Microsecond)
		if !r.asked {
			t.Fatal("it takes what was due for an answer")
		}
		r.asked = false
		r.arrange()
		if r.wait(time.Hour); r.asked {
			t.Fatal("an answer does not end the wait")
		}
	}
}

// How long it is until something is due is looked for only where that is soon.
func TestWhatIsDueSoon(t *testing.T) {
	p := &Proactor{epoch: time.Now()}
	now := int64(time.Hour)
	for name, test := range map[string]struct {
		alarm, timer int64 // after now; 0: none
		want         bool
	}{
		"nothing":            {},
		"a timer":            {timer: 1000, want: true},
		"an alarm":           {alarm: 1000, want: true},
		"both, one is later": {alarm: int64(time.Hour), timer: 1000, want: true},
		"later":              {alarm: int64(2 * soonest), timer: int64(3 * soonest)},
	} {
		t.Run(name, func(t *testing.T) {
			p.expiredAt = now
			p.alarms.Next.Store(0)
			p.timers.Entries = nil
			if test.alarm != 0 {
				p.alarms.Next.Store(now + test.alarm)
			}
			if test.timer != 0 {
				p.timers.Entries = append(p.timers.Entries, alarm.Entry[*Completion]{When: now + test.timer})
			}
			if got := p.soonDue() > 0; got != test.want {
				t.Errorf("due soon: %v", got)
			}
		})
	}
}

// TestYielderEndsUnanswered is a loop that ends between the two, as by a panic.
func TestYielderEndsUnanswered(t *testing.T) {
	r := newYielder()
	r.arrange()
	r.end() // goleak sees whether the goroutine ended
}
