// Package latency gathers how long operations take.
package latency

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Recorder gathers, from a nanosecond to a minute.
type Recorder struct {
	h *hdrhistogram.Histogram
}

const longest = time.Minute

// NewRecorder returns an empty one that keeps so many decimal digits: 2 take
// 30 KiB, 3 a quarter of a MiB. It is for one goroutine.
func NewRecorder(digits int) *Recorder {
	return &Recorder{hdrhistogram.New(1, int64(longest), digits)}
}

// Record adds an operation that took d. What is longer than a minute counts as one.
func (r *Recorder) Record(d time.Duration) {
	_ = r.h.RecordValue(int64(min(max(d, 1), longest))) // only what is out of range is refused
}

// Reset forgets all.
func (r *Recorder) Reset() { r.h.Reset() }

// Merge adds what other has gathered.
func (r *Recorder) Merge(other *Recorder) { r.h.Merge(other.h) }

// Quantiles by the names they have in a result.
var quantiles = map[string]float64{"p50": 50, "p99": 99, "p999": 99.9}

// Micros is the quantiles, in microseconds; none if nothing was recorded.
func (r *Recorder) Micros() map[string]float64 {
	micros := map[string]float64{}
	if r.h.TotalCount() == 0 {
		return micros
	}
	for name, q := range quantiles {
		micros[name] = float64(r.h.ValueAtPercentile(q)) / 1e3
	}
	return micros
}
