package alarm

import (
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

// playAlarms carries out the steps that script describes, two bytes each, beside
// a model that is a plain map.
func playAlarms(t *testing.T, script []byte) {
	t.Helper()
	var q Queue
	model := map[*Alarm]int64{}
	alarms := make([]Alarm, 32)
	for ; len(script) >= 2; script = script[2:] {
		a, when := &alarms[script[0]%32], int64(script[1])+1
		switch script[0] / 32 {
		case 0, 1:
			q.stop(a)
			delete(model, a)
		case 2:
			soundDue(t, &q, model, when)
		default:
			q.set(a, when)
			model[a] = when
		}
		checkAlarms(t, &q, model)
	}
	soundDue(t, &q, model, 1<<40)
	if len(q.heap.Entries) != 0 || q.stale != 0 || q.Next.Load() != 0 {
		t.Fatalf("left over: %d entries, %d stale, next %d", len(q.heap.Entries), q.stale, q.Next.Load())
	}
}

// soundDue takes off what is due at now, in the order of the instants.
func soundDue(t *testing.T, q *Queue, model map[*Alarm]int64, now int64) {
	t.Helper()
	for a := q.due(now); a != nil; a = q.due(now) {
		when, ok := model[a]
		if !ok || when > now {
			t.Fatalf("due at %d: an alarm for %d (set: %v)", now, when, ok)
		}
		for _, w := range model {
			if w < when {
				t.Fatalf("the alarm for %d came before that for %d", when, w)
			}
		}
		delete(model, a)
	}
	for _, when := range model {
		if when <= now {
			t.Fatalf("at %d the alarm for %d was not due", now, when)
		}
	}
}

func checkAlarms(t *testing.T, q *Queue, model map[*Alarm]int64) {
	t.Helper()
	if got := q.Running.Load(); got != int64(len(model)) {
		t.Fatalf("%d alarms are set, want %d", got, len(model))
	}
	for i := 1; i < len(q.heap.Entries); i++ {
		if q.heap.Entries[(i-1)/HeapArity].When > q.heap.Entries[i].When {
			t.Fatalf("the entry at %d is earlier than its parent", i)
		}
	}
	next := q.Next.Load()
	for a, when := range model {
		if a.when != when || a.entry == 0 || a.entry > when {
			t.Fatalf("an alarm for %d has %d, and an entry at %d", when, a.when, a.entry)
		}
		if next == 0 || next > when {
			t.Fatalf("next is %d with an alarm for %d", next, when)
		}
	}
}

func TestAlarmQueueAgainstAModel(t *testing.T) { testutil.PlayScripts(t, 50, 4000, playAlarms) }

func FuzzAlarmQueue(f *testing.F) {
	f.Add([]byte{0x60, 5, 0x61, 3, 0x40, 4})
	f.Add([]byte{0xe0, 9, 0xe0, 1, 0xe0, 9, 0x00, 0})
	f.Fuzz(playAlarms)
}

// Alarms that are set and stopped, and never due, leave no more entries behind
// than as many as are set, and a few.
func TestAlarmQueueForgetsWhatIsStopped(t *testing.T) {
	var q Queue
	alarms := make([]Alarm, 10000)
	for round := range 5 {
		for i := range alarms {
			q.set(&alarms[i], int64(1000+i*7919%len(alarms)+round))
		}
		for i := range alarms {
			if i%100 != 0 {
				q.stop(&alarms[i])
			}
		}
		if most := 2*len(alarms)/100 + 2*staleMin; len(q.heap.Entries) > most {
			t.Fatalf("%d entries, want at most %d", len(q.heap.Entries), most)
		}
		for i := range alarms {
			q.stop(&alarms[i])
		}
	}
}

// A queue closes for want of alarms only while none is set: one that was set just before
// is due all the same.
func TestCloseIfNone(t *testing.T) {
	var q Queue
	var a Alarm
	yes, no := func() bool { return true }, func() bool { return false }
	q.Set(&a, 5)
	if q.CloseIfNone(yes) {
		t.Error("closed with an alarm set")
	}
	if got := q.due(5); got != &a {
		t.Errorf("due: %p, want %p", got, &a)
	}
	if q.CloseIfNone(no) {
		t.Error("closed against the caller's word")
	}
	if _, _, ok := q.Set(&a, 6); !ok {
		t.Error("refused by a queue that is open")
	}
	q.Stop(&a)
	if !q.CloseIfNone(yes) {
		t.Error("open with no alarm set")
	}
	if _, _, ok := q.Set(&a, 7); ok {
		t.Error("taken by a queue that is closed")
	}
}
