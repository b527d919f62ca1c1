package simproc

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

func TestReduceFindsWhatIsNeeded(t *testing.T) {
	all := make([]int, 50)
	for i := range all {
		all[i] = i
	}
	for _, needed := range [][]int{nil, {0}, {49}, {7, 31}, {1, 2, 48}, {0, 10, 20, 30, 40}} {
		var runs atomic.Int64
		got := Reduce(t.Context(), all, 2, func(_ context.Context, set []int) bool {
			runs.Add(1)
			return !slices.ContainsFunc(needed, func(n int) bool { return !slices.Contains(set, n) })
		})
		if !slices.Equal(got, needed) {
			t.Errorf("reduced to %v, needed are %v", got, needed)
		}
		if n := int(runs.Load()); n > 20*len(needed)+1 {
			t.Errorf("%v needed %d runs", needed, n)
		}
	}
}

func TestReduceEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	all := []int{0, 1, 2, 3, 4, 5, 6, 7}
	got := Reduce(ctx, all, 1, func(_ context.Context, set []int) bool {
		if len(set) == 2 {
			cancel() // what is told from here on does not count
		}
		return slices.Contains(set, 3)
	})
	if !slices.Equal(got, []int{0, 1, 2, 3}) {
		t.Errorf("reduced to %v", got)
	}
}

func TestReduceOfWhatFailsByAnyOf(t *testing.T) {
	got := Reduce(t.Context(), []int{1, 2, 3, 4, 5, 6}, 3, func(_ context.Context, set []int) bool { return len(set) >= 2 })
	if len(got) != 2 {
		t.Errorf("reduced to %v, two are enough", got)
	}
}

// More may hide what fewer show. What is returned fails all the same, and needs each of its parts.
func TestReduceOfWhatOthersHide(t *testing.T) {
	fails := func(_ context.Context, set []int) bool {
		contains := func(n int) bool { return slices.Contains(set, n) }
		return contains(3) && contains(12) && (!contains(5) || contains(9))
	}
	var all []int
	for i := range 16 {
		all = append(all, i)
	}
	for width := range 5 {
		if got := Reduce(t.Context(), all, width, fails); !slices.Equal(got, []int{3, 12}) {
			t.Errorf("%d at once: reduced to %v", width, got)
		}
	}
}
