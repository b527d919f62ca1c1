package local

import (
	"errors"
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

func TestTimedCountsItsCalls(t *testing.T) {
	var calls atomic.Int64
	run := timed(3, func(int) error { calls.Add(1); time.Sleep(time.Millisecond); return nil })
	for range 2 { // the second must not have the first one's latencies
		calls.Store(0)
		w, err := run(100 * time.Millisecond)
		if err != nil || w.Ops != calls.Load() || w.Ops < 1 || w.Micros["p50"] < 1000 {
			t.Errorf("%d calls: %+v, %v", calls.Load(), w, err)
		}
	}
}

func TestCountedCountsItsCalls(t *testing.T) {
	var calls atomic.Int64
	w, err := counted(2, func(int) error { calls.Add(1); return nil })(time.Millisecond)
	if err != nil || w.Ops != calls.Load() || w.Ops < 2*stretch {
		t.Errorf("%d calls: %+v, %v", calls.Load(), w, err)
	}
}

func TestACallThatFailsIsTold(t *testing.T) {
	broken := errors.New("broken")
	for _, run := range []runner{
		timed(2, func(int) error { return broken }),
		counted(2, func(int) error { return broken }),
	} {
		if _, err := run(time.Second); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(wire.Spec{Work: "juggle"}); err == nil {
		t.Error("there is such a work")
	}
}

func TestParseFio(t *testing.T) {
	w, err := parseFio([]byte(`{"jobs": [{
		"read": {"total_ios": 2000, "runtime": 100, "lat_ns": {"percentile": {"50.000000": 40000, "99.900000": 90000}}},
		"usr_cpu": 10.0, "sys_cpu": 30.0}]}`))
	if err != nil || !w.Elsewhere || w.Ops != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	for name, want := range map[string]float64{"rate": 20000, "time": 50, "cpu": 20, "p50": 40, "p999": 90} {
		if got := w.Values[name]; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, out := range []string{"", "{}", `{"jobs":[{}]}`} {
		if _, err := parseFio([]byte(out)); err == nil {
			t.Errorf("a report: %q", out)
		}
	}
}
