package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/awaitio/awaitio/bench/internal/stats"
)

// Merge adds to the results old those of a later run. The rounds of a row that both have
// come one after the other. A contender that was in one run only has no samples of the
// other, so that ratios are of the same round as ever.
func Merge(old, later []Result) []Result {
	merged := slices.Clone(old)
	for _, r := range later {
		i := slices.IndexFunc(merged, func(m Result) bool { return m.Row.Name == r.Row.Name })
		if i < 0 {
			merged = append(merged, r)
			continue
		}
		merged[i] = merged[i].with(r)
	}
	return merged
}

// with is r with the rounds of later behind its own.
func (r Result) with(later Result) Result {
	rounds := 0
	for _, samples := range r.Samples {
		rounds = max(rounds, len(samples))
	}
	sum := Result{Row: r.Row, Samples: map[string][]stats.Sample{}, Errors: map[string]string{}, Absent: map[string]string{}}
	sum.Row.Contenders = slices.Clone(r.Row.Contenders)
	for _, result := range []Result{r, later} {
		for _, name := range result.Row.Contenders {
			if !slices.Contains(sum.Row.Contenders, name) {
				sum.Row.Contenders = append(sum.Row.Contenders, name)
			}
			if why, failed := result.Errors[name]; failed {
				sum.Errors[name] = why
			}
			if why, absent := result.Absent[name]; absent {
				sum.Absent[name] = why
			}
		}
	}
	for _, name := range sum.Row.Contenders {
		samples := slices.Clone(r.Samples[name])
		if more := later.Samples[name]; len(more) > 0 {
			samples = append(samples, make([]stats.Sample, rounds-len(samples))...)
			samples = append(samples, more...)
		}
		sum.Samples[name] = samples
	}
	return sum
}

// AddTo merges results into the results in the file, if there is one, and returns all.
func AddTo(file string, results []Result) ([]Result, error) {
	var old []Result
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(text, &old); err != nil {
			return nil, fmt.Errorf("the results so far in %s: %w", file, err)
		}
	}
	all := Merge(old, results)
	if text, err = json.Marshal(all); err != nil {
		return nil, err
	}
	return all, os.WriteFile(file, text, 0o644)
}
