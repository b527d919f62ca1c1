package hook

import (
	"context"
	"runtime/pprof"
	"time"
)

// Deadline is that of ctx; zero for none, and where ctx panics: those who look at calls need not be who
// made ctx.
func Deadline(ctx context.Context) (end time.Time) {
	defer func() { _ = recover() }()
	end, _ = ctx.Deadline()
	return end
}

// HasEnded reports whether ctx has, for those who look at calls.
func HasEnded(ctx context.Context) (ended bool) {
	defer func() { _ = recover() }()
	return ctx.Err() != nil
}

// Labels are the profiler labels of ctx, or nil where it has none, or panics.
func Labels(ctx context.Context) (all map[string]string) {
	defer func() { _ = recover() }()
	pprof.ForLabels(ctx, func(key, value string) bool {
		if all == nil {
			all = make(map[string]string)
		}
		all[key] = value
		return true
	})
	return all
}
