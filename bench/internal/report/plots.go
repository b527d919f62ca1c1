package report

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
)

// A Plot is a file with a plot of one metric of a group of rows, those whose names have the
// same beginning.
type Plot struct {
	File    string
	Caption string
	group   string
}

// Plots writes plots of the groups of rows into dir. A group of one row has none: its
// table is enough.
func Plots(dir string, results []plan.Result) ([]Plot, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var plots []Plot
	for _, group := range groups(results) {
		if len(group) == 1 {
			continue
		}
		for _, m := range metrics(group) {
			p := Plot{File: fmt.Sprintf("%s-%s.svg", groupOf(group[0]), m), Caption: caption(group, m), group: groupOf(group[0])}
			if err := save(filepath.Join(dir, p.File), chart(group, m), legend(group)); err != nil {
				return nil, fmt.Errorf("plot %s: %w", p.File, err)
			}
			plots = append(plots, p)
		}
	}
	return plots, nil
}

func groupOf(r plan.Result) string {
	name, _, _ := strings.Cut(r.Row.Name, "/")
	return name
}

// groups keeps the order of the rows.
func groups(results []plan.Result) [][]plan.Result {
	var all [][]plan.Result
	for _, r := range results {
		i := slices.IndexFunc(all, func(g []plan.Result) bool { return groupOf(g[0]) == groupOf(r) })
		if i < 0 {
			all = append(all, nil)
			i = len(all) - 1
		}
		all[i] = append(all[i], r)
	}
	return all
}

// metrics are those of which a group has a plot: its main one, and what it costs and how
// late the last ones are, if there is a goal about that.
func metrics(group []plan.Result) []stats.Metric {
	all := []stats.Metric{group[0].Row.Main}
	for _, m := range []stats.Metric{stats.CPU, stats.P99} {
		wanted := slices.ContainsFunc(group, func(r plan.Result) bool { return r.Row.Wants(m) })
		if wanted && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// A heading is what a plot says of its group: what it is, and what its rows are.
type heading struct{ title, rows string }

var headings = map[string]heading{
	"echo":          {"TCP echo", "connections x size of a message"},
	"echo-by-epoll": {"TCP echo, load generator on epoll", "connections x size of a message"},
	"within":        {"TCP echo within one process", "connections"},
	"heavy":         {"Light connections beside a heavy one", "GOMAXPROCS of the server"},
	"cores":         {"TCP echo within one process, 512 connections", "GOMAXPROCS, and loops"},
	"broadcast":     {"Broadcast of 1KiB", "connections"},
	"read":          {"Random reads of 4KiB", "from where, and how many at a time"},
	"append":        {"Synced appends of 512B, by offset", "writers"},
	"log":           {"Synced appends of 512B, with O_APPEND", "writers"},
	"stat":          {"Open, stat and close of small files", "at a time"},
	"timers":        {"Timers, set and stopped", "timers"},
	"nop":           {"A call that does nothing", "goroutines"},
	"recv":          {"A byte there and back", "pairs of sockets"},
}

func headingOf(group []plan.Result) heading {
	name := groupOf(group[0])
	if h, ok := headings[name]; ok {
		return h
	}
	return heading{name, "row"}
}

// caption is what stands under a plot.
func caption(group []plan.Result, m stats.Metric) string {
	text := fmt.Sprintf("%s: %s over that of %s in the same round, on a logarithmic scale; %s. A dot is the median of the rounds, "+
		"a bar goes from the least to the greatest of them.", headingOf(group).title, stats.ColumnOf(m).Title, group[0].Row.Base, better(m))
	if floorPart(group) {
		text += " The dashed line is the floor."
	}
	return text
}

func better(m stats.Metric) string {
	if stats.ColumnOf(m).MoreWin {
		return "more is better"
	}
	return "less is better"
}

// floorPart reports whether the floor was measured in the group.
func floorPart(group []plan.Result) bool {
	return slices.ContainsFunc(group, func(r plan.Result) bool { return len(r.Samples[contender.Floor]) > 0 })
}

// drawn are the contenders of a group that have dots: the base is the line at 1, and the
// floor a line of its own.
func drawn(group []plan.Result) []string {
	var names []string
	for _, r := range group {
		for _, name := range r.Row.Contenders {
			if name != r.Row.Base && name != contender.Floor && len(r.Samples[name]) > 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
