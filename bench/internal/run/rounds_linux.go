package run

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// A Runner runs rows.
type Runner struct {
	Rounds    int
	Duration  time.Duration // of one measurement
	Dir       string        // where files may be made
	Generator string        // what every load generator runs on; "" for what suits the row
	Syscalls  bool          // are counted, which takes a fifth more time
	Progress  io.Writer
}

// Run runs the rows one after the other. It ends early only with ctx.
func (r Runner) Run(ctx context.Context, rows []plan.Row) ([]plan.Result, error) {
	var results []plan.Result
	for i, row := range rows {
		begin := time.Now()
		result := r.row(ctx, row)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		results = append(results, result)
		fmt.Fprintf(r.Progress, "%d/%d %s: %s\n", i+1, len(rows), row.Name, time.Since(begin).Round(time.Millisecond))
	}
	return results, nil
}

// row lets the contenders take turns, A B C A B C: what the machine does besides
// meets all of them.
func (r Runner) row(ctx context.Context, row plan.Row) plan.Result {
	result := plan.Result{
		Row:     row,
		Samples: map[string][]stats.Sample{},
		Errors:  map[string]string{},
		Absent:  absent(row, r.Dir),
	}
	for range r.Rounds {
		for _, name := range row.Contenders {
			if ctx.Err() != nil || result.Absent[name] != "" {
				continue
			}
			s, err := r.measure(ctx, row, name)
			if err != nil && ctx.Err() == nil && result.Errors[name] == "" {
				result.Errors[name] = err.Error()
				fmt.Fprintf(r.Progress, "%s: %s failed: %v\n", row.Name, name, err)
			}
			result.Samples[name] = append(result.Samples[name], s)
		}
	}
	return result
}
