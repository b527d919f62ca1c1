package simproc

import (
	"context"
	"slices"
	"sync"
)

// Reduce looks for few of all that still make fails true, which it is for all of them: delta
// debugging (Zeller and Hildebrandt 2002). fails is called from up to width goroutines. When
// ctx ends it returns the fewest so far.
//
// If it had the time, none of those returned can be left out alone.
func Reduce[F comparable](ctx context.Context, all []F, width int, fails func(context.Context, []F) bool) []F {
	if len(all) == 0 || fails(ctx, nil) && ctx.Err() == nil {
		return nil
	}
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
	for batch := range slices.Chunk(sets, max(1, width)) {
		failed := make([]bool, len(batch))
		var all sync.WaitGroup
		for i, set := range batch {
			all.Go(func() { failed[i] = fails(ctx, set) })
		}
		all.Wait()
		if ctx.Err() != nil {
			return nil
		}
		if i := slices.Index(failed, true); i >= 0 {
			return batch[i]
		}
	}
	return nil
}
