package latency

import (
	"math"
	"testing"
	"time"
)

func TestQuantiles(t *testing.T) {
	a, b := NewRecorder(3), NewRecorder(3)
	for i := 1; i <= 1000; i += 2 {
		a.Record(time.Duration(i) * time.Microsecond)
		b.Record(time.Duration(i+1) * time.Microsecond)
	}
	a.Merge(b)
	micros := a.Micros()
	for name, want := range map[string]float64{"p50": 500, "p99": 990, "p999": 999} {
		if got := micros[name]; math.Abs(got-want) > 0.002*want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	a.Reset()
	if got := a.Micros(); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestRecordTakesWhatIsOutOfRange(t *testing.T) {
	r := NewRecorder(2)
	r.Record(-1)
	r.Record(time.Hour)
	if got := r.h.TotalCount(); got != 2 {
		t.Errorf("it has %d of two", got)
	}
}
