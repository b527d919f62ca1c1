package simproc

import (
	"context"
	"slices"
	"sync"
)

// Reduce looks for few of all that still make fails true, which it is for all of them. fails is
// called from up to width goroutines. When ctx ends it returns the fewest so far.
//
// If it had the time, none of those returned can be left out alone. To find 2 of 50 takes some 18
// calls of fails where more faults never hide a failure.
func Reduce[F comparable](ctx context.Context, all []F, width int, fails func(context.Context, []F) bool) []F {
	width = max(1, width)
	if len(all) == 0 || fails(ctx, nil) && ctx.Err() == nil {
		return nil
	}
	return minimize(ctx, narrow(ctx, all, width, fails), width, fails)
}

// narrow finds the last of the shortest beginning of all that fails, then, of what comes before it, the
// last of the shortest beginning that fails together with it, and so on until those found fail alone.
func narrow[F any](ctx context.Context, all []F, width int, fails func(context.Context, []F) bool) []F {
	var found []F
	for {
		all = all[:shortest(ctx, all, found, width, fails)]
		if len(all) == 0 || ctx.Err() != nil {
			return slices.Concat(all, found)
		}
		found = slices.Insert(found, 0, all[len(all)-1])
		all = all[:len(all)-1]
	}
}

// shortest searches for how much of the beginning of all fails together with found, as all of it does.
// One element less did not fail, unless nothing is left.
func shortest[F any](ctx context.Context, all, found []F, width int, fails func(context.Context, []F) bool) int {
	passed, failed := -1, len(all) // lengths
	if len(found) == 0 {
		passed = 0 // Reduce has tried it
	}
	for failed-passed > 1 {
		lengths := between(passed, failed, width)
		sets := make([][]F, len(lengths))
		for i, n := range lengths {
			sets[i] = slices.Concat(all[:n], found)
		}
		switch i := slices.Index(each(ctx, sets, fails), true); {
		case ctx.Err() != nil:
			return failed
		case i < 0:
			passed = lengths[len(lengths)-1]
		default:
			failed = lengths[i]
			if i > 0 {
				passed = lengths[i-1]
			}
		}
	}
	return failed
}

// between are up to n numbers between two, evenly, in order. That nothing is needed is tried first.
func between(from, to, n int) (numbers []int) {
	if from < 0 {
		numbers = append(numbers, 0)
		from, n = 0, n-1
	}
	n = min(max(n, 0), to-from-1)
	for i := range n {
		numbers = append(numbers, from+(i+1)*(to-from)/(n+1))
	}
	return numbers
}

// minimize is delta debugging (Zeller and Hildebrandt 2002). It needs three times as many calls as narrow,
// and leaves nothing that can be left out alone, also where more faults hide a failure.
func minimize[F any](ctx context.Context, all []F, width int, fails func(context.Context, []F) bool) []F {
	parts := 2
	for len(all) > 1 {
		next := firstThat(ctx, candidates(all, parts), width, fails)
		switch {
		case ctx.Err() != nil:
			return all
		case next != nil && len(next) <= (len(all)+parts-1)/parts:
			all, parts = next, 2 // a part is enough
		case next != nil:
			all, parts = next, max(2, parts-1)
		case parts >= len(all):
			return all
		default:
			parts = min(len(all), 2*parts)
		}
	}
	return all
}

// candidates are the parts of all, and then what each of them leaves.
func candidates[F any](all []F, parts int) (sets [][]F) {
	var rests [][]F
	for i := range parts {
		from, to := i*len(all)/parts, (i+1)*len(all)/parts
		sets = append(sets, all[from:to:to])
		if parts > 2 { // with two, what one leaves is the other
			rests = append(rests, slices.Concat(all[:from], all[to:]))
		}
	}
	return append(sets, rests...)
}

// firstThat is the first of sets for which fails is true, or nil. It asks about width of them at once.
func firstThat[F any](ctx context.Context, sets [][]F, width int, fails func(context.Context, []F) bool) []F {
	for batch := range slices.Chunk(sets, width) {
		i := slices.Index(each(ctx, batch, fails), true)
		if ctx.Err() != nil {
			return nil
		}
		if i >= 0 {
			return batch[i]
		}
	}
	return nil
}

// each asks about all sets at once.
func each[F any](ctx context.Context, sets [][]F, fails func(context.Context, []F) bool) (failed []bool) {
	failed = make([]bool, len(sets))
	var all sync.WaitGroup
	for i, set := range sets {
		all.Go(func() { failed[i] = fails(ctx, set) })
	}
	all.Wait()
	return failed
}
