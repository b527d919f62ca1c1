package plan

import (
	"fmt"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// A Goal is a bound on a figure of one contender: on its ratio to another's, to
// the best of several, or on the figure itself.
type Goal struct {
	Subject string // whose figure it is
	Metric  stats.Metric
	AtLeast bool // otherwise at most
	Limit   float64
	Against []string // empty for a bound on the figure itself
}

// String is as in "per second >= 1.4x net".
func (g Goal) String() string {
	sign := "≤"
	if g.AtLeast {
		sign = "≥"
	}
	text := fmt.Sprintf("%s %s %g", stats.ColumnOf(g.Metric).Title, sign, g.Limit)
	if g.Subject != contender.Ring && g.Subject != contender.WithTimeout {
		text = g.Subject + ": " + text
	}
	switch len(g.Against) {
	case 0:
		return text
	case 1:
		return text + "x " + g.Against[0]
	}
	return text + "x the best of " + strings.Join(g.Against, ", ")
}

// A Verdict is a goal and what became of it.
type Verdict struct {
	Goal     Goal
	Measured stats.Summary // N is zero if it was not measured
	Met      bool          // by the median
	Unsure   bool          // some rounds meet it and some do not
}

// Judge looks at the samples of all contenders, by their names.
func (g Goal) Judge(samples map[string][]stats.Sample) Verdict {
	figures := stats.Values(samples[g.Subject], g.Metric)
	if len(g.Against) > 0 {
		var rivals [][]stats.Sample
		for _, name := range g.Against {
			rivals = append(rivals, samples[name])
		}
		figures = stats.Ratios(samples[g.Subject], stats.Best(rivals, g.Metric), g.Metric)
	}
	v := Verdict{Goal: g, Measured: stats.Summarize(figures)}
	if v.Measured.N > 0 {
		v.Met = g.holds(v.Measured.Median)
		v.Unsure = g.holds(v.Measured.Min) != g.holds(v.Measured.Max)
	}
	return v
}

func (g Goal) holds(figure float64) bool {
	if g.AtLeast {
		return figure >= g.Limit
	}
	return figure <= g.Limit
}
