package prom

import (
	"reflect"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// filled sets each number of what to points to, its own, and returns them by field.
func filled(to any) map[string]float64 {
	want, next := make(map[string]float64), int64(1000)
	v := reflect.ValueOf(to).Elem()
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		next++
		switch {
		case f.Type() == reflect.TypeFor[time.Duration]():
			f.SetInt(next * int64(time.Second))
		case f.CanInt():
			f.SetInt(next)
		case f.CanUint():
			f.SetUint(uint64(next))
		case f.Kind() == reflect.Array:
			f.Index(0).SetUint(uint64(next))
		default:
			continue
		}
		want[name] = float64(next)
	}
	return want
}

// sent are the values that a scrape sends.
func sent(t *testing.T, scrapeOf func(s scrape)) map[float64]bool {
	t.Helper()
	to, values := make(chan prometheus.Metric, 100), make(map[float64]bool)
	scrapeOf(scrape{to, "0"})
	close(to)
	for m := range to {
		var d dto.Metric
		if err := m.Write(&d); err != nil {
			t.Fatal(err)
		}
		values[d.GetGauge().GetValue()] = true
		values[d.GetCounter().GetValue()] = true
	}
	return values
}

// What the library counts is a metric, so that a count that is added is not forgotten here.
func TestEachCountIsAMetric(t *testing.T) {
	var stats proactor.Stats
	var loop proactor.LoopState
	var mount await.MountState
	for _, of := range []struct {
		want      map[string]float64
		got       func(s scrape)
		elsewhere []string
	}{
		{filled(&stats), func(s scrape) { s.stats(stats) }, []string{"Queued", "InFlight", "Submitted", "Completed", "Canceled", "TimedOut"}}, // by loop or by kind
		{filled(&loop), func(s scrape) { s.loop(loop) }, []string{"Loop"}},                                                                    // a label
		{filled(&mount), func(s scrape) { s.mount(mount) }, []string{"Begun"}},                                                                // the sum of others
	} {
		values := sent(t, of.got)
		for _, name := range of.elsewhere {
			delete(of.want, name)
		}
		if len(of.want) < 8 {
			t.Errorf("only %d fields", len(of.want))
		}
		for name, value := range of.want {
			if !values[value] {
				t.Errorf("%s is no metric", name)
			}
		}
	}
}
