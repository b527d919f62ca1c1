package proactor

import (
	"math"
	"testing"
	"time"
)

// Each time is in the bucket whose bounds it lies between, and the bounds grow.
func TestLatencyBuckets(t *testing.T) {
	for nanos := int64(1); nanos > 0 && nanos < math.MaxInt64/2; nanos += 1 + nanos/7 {
		i := latencyBucket(nanos)
		if i < 0 || i >= latencyBuckets {
			t.Fatalf("%d ns are in bucket %d of %d", nanos, i, latencyBuckets)
		}
		if i < latencyBuckets-1 && nanos >= latencyBound(i) || i > 0 && nanos < latencyBound(i-1) {
			t.Fatalf("%d ns are in bucket %d, from %d to %d", nanos, i, latencyBound(max(i-1, 0)), latencyBound(i))
		}
	}
	for i := range latencyBuckets - 1 {
		if latencyBound(i) >= latencyBound(i+1) {
			t.Errorf("bucket %d ends at %d, the next at %d", i, latencyBound(i), latencyBound(i+1))
		}
	}
}

func TestHistogram(t *testing.T) {
	var h, other Histogram
	if h.Quantile(0.5) != 0 {
		t.Errorf("the median of nothing is %v", h.Quantile(0.5))
	}
	for range 90 {
		h.add(int64(10*time.Microsecond), 1)
	}
	other.add(int64(10*time.Millisecond), 9)
	other.add(int64(time.Hour), 1)
	h.Add(&other)
	var sum uint64
	for _, n := range h.Buckets() {
		sum += n
	}
	if h.Count != 100 || sum != 100 || h.Sum < time.Hour {
		t.Errorf("%d operations, %d in the buckets, %v in all; want 100 and an hour", h.Count, sum, h.Sum)
	}
	for q, least := range map[float64]time.Duration{0: 10 * time.Microsecond, 0.5: 10 * time.Microsecond, 0.95: 10 * time.Millisecond} {
		if got := h.Quantile(q); got < least || got > least*5/4 {
			t.Errorf("quantile %v is %v, want %v to %v", q, got, least, least*5/4)
		}
	}
	if got := h.Quantile(1); got < 68*time.Second {
		t.Errorf("the slowest is %v", got)
	}
}
