//go:build unix

package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// lossy is a World that loses a fifth of all packets.
var lossy = Options{Link: LinkConfig{Latency: Dist{Min: time.Millisecond, Max: 30 * time.Millisecond}, Loss: 0.2, Duplicate: 0.1}}

// comeThrough is which datagrams of 100 come through, and the faults there were.
func comeThrough(t *testing.T, seed uint64, o Options) (got []int, faults []FaultID) {
	inFaultyWorld(t, seed, o, nil, func(r *rig) {
		got = numbered(r.host("a"), r.host("b"), 100)
		for _, e := range r.w.Journal() {
			if e.Fault != 0 {
				faults = append(faults, e.Fault)
			}
		}
	})
	return got, faults
}

// TestAFaultThatIsSkippedMovesNoOther takes each fault of a run out by itself.
func TestAFaultThatIsSkippedMovesNoOther(t *testing.T) {
	for seed := range Seeds(3) {
		all, faults := comeThrough(t, seed, lossy)
		if len(faults) < 10 || slices.Compact(slices.Sorted(slices.Values(faults)))[0] == 0 {
			t.Fatalf("seed %d: faults %v", seed, faults)
		}
		for i, id := range faults {
			o := lossy
			o.Skip = map[FaultID]struct{}{id: {}}
			got, rest := comeThrough(t, seed, o)
			if want := slices.Delete(slices.Clone(faults), i, i+1); !slices.Equal(rest, want) {
				t.Fatalf("seed %d: without %v the faults are %v, want %v", seed, id, rest, want)
			}
			if d := len(got) - len(all); d != 1 && d != -1 { // a loss or a second one less
				t.Errorf("seed %d: without %v %d come, with it %d", seed, id, len(got), len(all))
			}
		}
		o := lossy
		o.Keep = []uint64{uint64(faults[3]), uint64(faults[7])}
		slices.Sort(o.Keep)
		if _, rest := comeThrough(t, seed, o); !slices.Equal(rest, []FaultID{faults[3], faults[7]}) {
			t.Errorf("seed %d: the faults %v are left of two", seed, rest)
		}
		o = lossy
		o.Without = 1<<chanceLoss | 1<<chanceDuplicate
		if got, rest := comeThrough(t, seed, o); len(rest) != 0 || len(got) != 100 {
			t.Errorf("seed %d: without any kind %v are left, and %d come", seed, rest, len(got))
		}
	}
}

// TestChanceIsEven draws from each end of what a hash is made of.
func TestChanceIsEven(t *testing.T) {
	const draws = 20_000
	w := New(7, Options{})
	for name, u := range map[string]func(i uint64) uint64{
		"ordinals": func(i uint64) uint64 { return w.draw(1, chanceLoss, i) },
		"objects":  func(i uint64) uint64 { return w.draw(object(i), chanceLoss, 0) },
		"names":    func(i uint64) uint64 { return w.draw(w.object(fmt.Sprint("n", i)), chanceLoss, 0) },
		"seeds":    func(i uint64) uint64 { return New(i, Options{}).draw(1, chanceLoss, 0) },
	} {
		buckets, ones := [10]float64{}, [64]float64{}
		for i := range uint64(draws) {
			x := u(i)
			buckets[int(unit(x)*10)]++
			for bit := range ones {
				ones[bit] += float64(x >> bit & 1)
			}
		}
		// Six standard deviations of a binomial distribution.
		for i, n := range buckets {
			if math.Abs(n-draws/10) > 6*math.Sqrt(draws*0.1*0.9) {
				t.Errorf("%s: %v of %d are in tenth %d", name, n, draws, i)
			}
		}
		for bit, n := range ones {
			if math.Abs(n-draws/2) > 6*math.Sqrt(draws*0.25) {
				t.Errorf("%s: bit %d is set in %v of %d", name, bit, n, draws)
			}
		}
	}
}

func TestSourcesAreOfSeedAndName(t *testing.T) {
	draw := func(seed uint64, name string) uint64 { return New(seed, Options{}).Source(name).Uint64() }
	first := draw(1, "a")
	if again := draw(1, "a"); again != first {
		t.Error("the same name has another source")
	}
	if first == draw(1, "b") || first == draw(2, "a") {
		t.Error("another name, or seed, has the same source")
	}
	w := New(1, Options{})
	hits := 0
	for i := range uint64(1000) {
		id, hit := w.Strikes("mine", i, 0.3)
		if again, hit2 := w.Strikes("mine", i, 0.3); again != id || hit != hit2 || hit != (id != 0) {
			t.Errorf("decision %d: %v %v, then %v %v", i, id, hit, again, hit2)
		}
		if hit {
			hits++
		}
	}
	if hits < 200 || hits > 400 {
		t.Errorf("%d of 1000 hit", hits)
	}
}

func TestDistributions(t *testing.T) {
	const draws = 20_000
	w := New(1, Options{})
	for _, tt := range []struct {
		d         Dist
		mean, max time.Duration
	}{
		{Dist{}, 0, 0},
		{Fixed(time.Second), time.Second, time.Second},
		{Dist{Min: time.Second, Max: 3 * time.Second}, 2 * time.Second, 3 * time.Second},
		{Dist{Min: time.Second, Mean: 2 * time.Second}, 2 * time.Second, time.Hour},
		{Dist{Mean: time.Second, Max: 500 * time.Millisecond}, 393 * time.Millisecond, 500 * time.Millisecond},
	} {
		sum := time.Duration(0)
		for i := range uint64(draws) {
			d := tt.d.Pick(w.draw(1, chanceLatency, i))
			if d < tt.d.Min || d > tt.max {
				t.Fatalf("%+v: %v", tt.d, d)
			}
			sum += d
		}
		if mean := sum / draws; math.Abs(float64(mean-tt.mean)) > 0.03*float64(tt.mean) {
			t.Errorf("%+v: a mean of %v, want %v", tt.d, mean, tt.mean)
		}
	}
}
