package hook

import (
	"context"
	"runtime/pprof"
)

// Labels are the profiler labels of ctx, or nil where it has none.
func Labels(ctx context.Context) (all map[string]string) {
	pprof.ForLabels(ctx, func(key, value string) bool {
		if all == nil {
			all = make(map[string]string)
		}
		all[key] = value
		return true
	})
	return all
}
