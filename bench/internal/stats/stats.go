package stats

import (
	"cmp"
	"math"
	"slices"
)

// A Sample is what one contender did in one round. What could not be measured is
// missing; a nil Sample is a round that failed.
type Sample map[Metric]float64

// A Summary is the middle and the ends of some figures.
type Summary struct {
	Median, Min, Max float64
	N                int // of how many; zero means that there is none
}

// Summarize looks at figures in any order.
func Summarize(figures []float64) Summary {
	if len(figures) == 0 {
		return Summary{}
	}
	sorted := slices.Clone(figures)
	slices.Sort(sorted)
	n := len(sorted)
	return Summary{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Min:    sorted[0],
		Max:    sorted[n-1],
		N:      n,
	}
}

// Values are the figures of m in the rounds that have it.
func Values(rounds []Sample, m Metric) []float64 {
	var values []float64
	for _, s := range rounds {
		if v, ok := s[m]; ok {
			values = append(values, v)
		}
	}
	return values
}

// Ratios compares round by round: what the machine did otherwise in a round, it
// did to both. Rounds in which either is missing count for nothing, as do those
// in which there is nothing to divide by.
func Ratios(rounds, base []Sample, m Metric) []float64 {
	var ratios []float64
	for i := range min(len(rounds), len(base)) {
		v, ok := rounds[i][m]
		b, has := base[i][m]
		if ok && has && b > 0 {
			ratios = append(ratios, v/b)
		}
	}
	return ratios
}

// Best is, round by round, the best of several in m.
func Best(all [][]Sample, m Metric) []Sample {
	better := func(a, b float64) bool { return cmp.Less(a, b) != ColumnOf(m).MoreWin && a != b }
	var best []Sample
	for _, rounds := range all {
		for i, s := range rounds {
			if i == len(best) {
				best = append(best, Sample{})
			}
			v, ok := s[m]
			if old, has := best[i][m]; ok && (!has || better(v, old)) {
				best[i][m] = v
			}
		}
	}
	return best
}

// Round is v with three digits that count.
func Round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
