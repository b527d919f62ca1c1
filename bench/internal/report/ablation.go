package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/internal/ablate"
)

// What a mechanism has to gain in some row to be worth its code: a twentieth, and something
// in three rounds of four, as a median of few rounds may be chance.
const (
	enough = 0.05
	often  = 0.75
)

// Ablation is the report of rows in which ours were measured with and without mechanisms:
// for each of ours a matrix of mechanisms and rows, and what each mechanism gains most.
func Ablation(s Setting, results []plan.Result) string {
	var b strings.Builder
	b.WriteString(settings(s))
	b.WriteString("\nEach figure is without the mechanism over with it, the median of the rounds' own ratios: of the rate, with\n" +
		"the least and the greatest, of the CPU for each operation, and of the 99th percentile. So a mechanism\n" +
		"gains where the first is below 1 and the others are above.\n")
	for _, name := range ablatedNames(results) {
		b.WriteString(matrix(results, name))
	}
	b.WriteString(gains(results))
	return b.String()
}

// ablatedNames are ours that were measured, in the order in which they come.
func ablatedNames(results []plan.Result) (names []string) {
	for _, r := range results {
		for _, variant := range r.Row.Contenders {
			if of, m := contender.Ablated(variant); m != "" && !slices.Contains(names, of) {
				names = append(names, of)
			}
		}
	}
	return names
}

// matrix is the table of one of ours.
func matrix(results []plan.Result, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s without\n\n| |", name)
	results = slices.DeleteFunc(slices.Clone(results), func(r plan.Result) bool { return !slices.Contains(ablatedNames([]plan.Result{r}), name) })
	for _, r := range results {
		fmt.Fprintf(&b, " %s |", r.Row.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(results)) + "\n")
	for _, m := range ablate.All() {
		line, some := fmt.Sprintf("| %s |", m), false
		for _, r := range results {
			text := effect(r, name, m)
			line, some = line+" "+text+" |", some || text != ""
		}
		if some {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// costs are what is compared with and without a mechanism.
var costs = []stats.Metric{stats.Rate, stats.CPU, stats.P99}

// effect is what a row has to tell of a mechanism.
func effect(r plan.Result, name string, m ablate.Mechanism) string {
	var cells []string
	for _, metric := range costs {
		s := stats.Summarize(without(r, name, m, metric))
		switch {
		case s.N == 0:
			cells = append(cells, "")
		case metric == stats.Rate:
			cells = append(cells, fmt.Sprintf("%.2f [%.2f..%.2f]", s.Median, s.Min, s.Max))
		default:
			cells = append(cells, fmt.Sprintf("%s %.2f", metric, s.Median))
		}
	}
	return strings.Trim(strings.Join(cells, ", "), ", ")
}

// without is a metric without m over the same with it, in each round.
func without(r plan.Result, name string, m ablate.Mechanism, metric stats.Metric) []float64 {
	return stats.Ratios(r.Samples[contender.Without(name, m)], r.Samples[contender.With(name, m)], metric)
}

// A gain is what a mechanism gains of a metric in a row: 0.05 is a twentieth.
type gain struct {
	size   float64
	rounds int // in so many it gained something
	of     int
	where  string
}

// gains is the table of what each mechanism gains most.
func gains(results []plan.Result) string {
	lines := []string{"", "### What each gains most", "", "| | of the rate | of the CPU | of p99 | |", "|---|---|---|---|---|"}
	for _, m := range ablate.All() {
		best := bestGains(results, m)
		if len(best) == 0 {
			continue
		}
		cells := []string{m.String()}
		worth := false
		for _, metric := range costs {
			g, measured := best[metric]
			if !measured {
				cells = append(cells, "")
				continue
			}
			worth = worth || g.isEnough()
			cells = append(cells, g.String())
		}
		verdict := ""
		if !worth {
			verdict = "**under 5% everywhere**"
		}
		lines = append(lines, "| "+strings.Join(append(cells, verdict), " | ")+" |")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (g gain) String() string {
	return fmt.Sprintf("%+.0f%%, %s, in %d of %d rounds", 100*g.size, g.where, g.rounds, g.of)
}

func (g gain) isEnough() bool { return g.size >= enough && float64(g.rounds) >= often*float64(g.of) }

// bestGains are m's greatest gains, by metric.
func bestGains(results []plan.Result, m ablate.Mechanism) map[stats.Metric]gain {
	best := map[stats.Metric]gain{}
	for _, r := range results {
		for _, name := range ablatedNames([]plan.Result{r}) {
			for _, metric := range costs {
				ratios := without(r, name, m, metric)
				if len(ratios) == 0 {
					continue
				}
				g := gainOf(ratios, stats.ColumnOf(metric).MoreWin)
				g.where = fmt.Sprintf("%s (%s)", r.Row.Name, name)
				old, has := best[metric]
				if !has || g.isEnough() && !old.isEnough() || g.isEnough() == old.isEnough() && g.size > old.size {
					best[metric] = g
				}
			}
		}
	}
	return best
}

func gainOf(ratios []float64, more bool) gain {
	g := gain{of: len(ratios)}
	sizes := make([]float64, len(ratios))
	for i, ratio := range ratios {
		if more {
			ratio = 1 / ratio
		}
		if sizes[i] = ratio - 1; sizes[i] > 0 {
			g.rounds++
		}
	}
	g.size = stats.Summarize(sizes).Median
	return g
}
