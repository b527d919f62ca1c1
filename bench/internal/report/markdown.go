package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// Markdown is the report: the setting, the goals, and a table for each row. The plots, which
// are in a directory with that name beside it, stand behind the tables of their rows.
func Markdown(s Setting, results []plan.Result, dir string, plots []Plot) string {
	var b strings.Builder
	b.WriteString(head(s))
	b.WriteString(goals(results))
	for _, group := range groups(results) {
		for _, r := range group {
			b.WriteString(section(r))
		}
		for _, p := range plots {
			if p.group == groupOf(group[0]) {
				fmt.Fprintf(&b, "\n![%s](%s/%s)\n\n*%s*\n", strings.TrimSuffix(p.File, ".svg"), dir, p.File, p.Caption)
			}
		}
	}
	return b.String()
}

func head(s Setting) string {
	return settings(s) + "\n" +
		"Figures are medians of the rounds. A ratio is the median of the rounds' own ratios to the first\n" +
		"line of its table, with the least and the greatest of them behind it where there is room.\n"
}

// settings is the table of where and how.
func settings(s Setting) string {
	rounds := fmt.Sprintf("%d rounds of %v a measurement", s.Rounds, s.Duration)
	lines := []string{
		"| | |", "|---|---|",
		"| machine | " + s.Machine + " |",
		"| kernel | " + s.Kernel + " |",
		"| Go | " + s.Go + " |",
		"| libraries | " + strings.Join(s.Libraries, ", ") + " |",
		"| load generator | on " + s.Generator + " |",
		"| command | `" + s.Command + "` (" + rounds + ") |",
		"| date | " + s.Date.Format("2006-01-02") + " |",
		"| the processors' time that others took meanwhile | " + fmt.Sprintf("%.0f%%", 100*s.Others) + " |",
	}
	for _, c := range s.Costs {
		lines = append(lines, fmt.Sprintf("| %s | %s µs |", c.What, number(float64(c.Time)/1e3)))
	}
	return strings.Join(lines, "\n") + "\n"
}

// goals is the table of what was aimed at, of the rows that were measured.
func goals(results []plan.Result) string {
	var lines []string
	for _, r := range results {
		for _, g := range r.Row.Goals {
			v := g.Judge(r.Samples)
			lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s |", r.Row.Title, g, measured(v), outcome(v)))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n### Goals\n\n| | goal of awaitio | measured | |\n|---|---|---|---|\n" + strings.Join(lines, "\n") + "\n"
}

func measured(v plan.Verdict) string {
	switch {
	case v.Measured.N == 0:
		return ""
	case len(v.Goal.Against) > 0:
		return factor(v.Measured)
	}
	return fmt.Sprintf("%s, %s..%s", number(v.Measured.Median), number(v.Measured.Min), number(v.Measured.Max))
}

func outcome(v plan.Verdict) string {
	switch {
	case v.Measured.N == 0:
		return "not measured"
	case v.Met && v.Unsure:
		return "met, not in every round"
	case v.Met:
		return "met"
	case v.Unsure:
		return "**missed**, not in every round"
	}
	return "**missed**"
}

// section is the table of one row.
func section(r plan.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", r.Row.Title)
	if r.Row.Note != "" {
		b.WriteString(r.Row.Note + "\n\n")
	}
	columns := shown(r)
	b.WriteString("| |")
	for _, c := range columns {
		b.WriteString(" " + c.title() + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, name := range baseFirst(r.Row) {
		b.WriteString(line(r, name, columns) + "\n")
	}
	return b.String()
}

// baseFirst is the contenders with the one in front that the others are divided by.
func baseFirst(row plan.Row) []string {
	names := slices.Clone(row.Contenders)
	slices.SortStableFunc(names, func(a, b string) int {
		return first(b == row.Base) - first(a == row.Base)
	})
	return names
}

func first(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// A column is a metric and its ratio to the row's base or, in a column of its own, its
// ratio to another contender alone.
type column struct {
	stats.Column
	over string
}

func (c column) title() string {
	if c.over != "" {
		return "over " + c.over
	}
	return c.Title
}

// shown are the columns of which there is a figure. The rate and the time of an
// operation say the same: one of them is enough, unless a goal needs the other.
func shown(r plan.Result) []column {
	var columns []column
	for _, c := range stats.Columns {
		if (c.Metric == stats.Rate || c.Metric == stats.Time) && !r.Row.Wants(c.Metric) || !measures(r, c.Metric) {
			continue
		}
		columns = append(columns, column{c, ""})
		if c.Floor && len(stats.Values(r.Samples[contender.Floor], c.Metric)) > 0 {
			columns = append(columns, column{c, contender.Floor})
		}
	}
	return columns
}

func measures(r plan.Result, m stats.Metric) bool {
	for _, rounds := range r.Samples {
		if len(stats.Values(rounds, m)) > 0 {
			return true
		}
	}
	return false
}

func line(r plan.Result, name string, columns []column) string {
	cells := []string{name}
	if why := cmp.Or(r.Absent[name], r.Errors[name]); why != "" {
		cells[0] += " (" + strings.ReplaceAll(why, "|", "/") + ")"
	}
	for _, c := range columns {
		cells = append(cells, cell(r, name, c))
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func cell(r plan.Result, name string, c column) string {
	if c.over != "" {
		ratio := stats.Summarize(stats.Ratios(r.Samples[name], r.Samples[c.over], c.Metric))
		if ratio.N == 0 {
			return ""
		}
		return fmt.Sprintf("%.2fx", ratio.Median)
	}
	s := stats.Summarize(stats.Values(r.Samples[name], c.Metric))
	if s.N == 0 {
		return ""
	}
	text := number(s.Median)
	ratio := stats.Summarize(stats.Ratios(r.Samples[name], r.Samples[r.Row.Base], c.Metric))
	switch {
	case !c.Ratio || name == r.Row.Base || ratio.N == 0:
	case c.Metric == r.Row.Main || c.Metric == stats.CPU:
		text += " (" + factor(ratio) + ")"
	default: // how far it spreads is of less interest, and takes room
		text += fmt.Sprintf(" (%.2fx)", ratio.Median)
	}
	return text
}

// factor is as in "1.24x, 1.20..1.31".
func factor(s stats.Summary) string {
	return fmt.Sprintf("%.2fx, %.2f..%.2f", s.Median, s.Min, s.Max)
}

// number is v with three digits that count, and no exponent.
func number(v float64) string {
	v = stats.Round(v)
	if math.Abs(v) < 0.001 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
