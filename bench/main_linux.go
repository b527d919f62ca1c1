package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/awaitio/awaitio/bench/internal/child"
	"github.com/awaitio/awaitio/bench/internal/machine"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/report"
	"github.com/awaitio/awaitio/bench/internal/run"
	"github.com/awaitio/awaitio/bench/internal/usage"
)

func main() {
	if child.Main(os.Args[1:]) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := commandLine()
	if err := o.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context) error {
	rows, err := o.selected()
	if err != nil {
		return err
	}
	if o.list {
		list(rows)
		return nil
	}
	results, setting, err := o.measure(ctx, rows)
	if err != nil {
		return err
	}
	if err := o.report(setting, results); err != nil {
		return err
	}
	return failures(results)
}

// selected are the rows that were asked for.
func (o options) selected() ([]plan.Row, error) {
	rows, err := o.choice.Select(plan.Rows())
	if err == nil && o.ablate != nil {
		if rows = plan.Ablate(rows, o.ablate); len(rows) == 0 {
			err = errors.New("none of these mechanisms has a part in these rows")
		}
	}
	return rows, err
}

func (o options) measure(ctx context.Context, rows []plan.Row) (results []plan.Result, setting report.Setting, err error) {
	dir, err := os.MkdirTemp(o.dir, "bench")
	if err != nil {
		return nil, setting, err
	}
	defer os.RemoveAll(dir)
	setting = report.Here(o.command(), o.rounds, o.duration)
	setting.Generator = o.engine
	if setting.Costs, err = machine.Costs(); err != nil {
		return nil, setting, err
	}
	watch, err := usage.StartWatch()
	if err != nil {
		return nil, setting, err
	}
	if results, err = o.runner(dir).Run(ctx, rows); err != nil {
		return nil, setting, err
	}
	if o.results != "" {
		if results, err = plan.AddTo(o.results, results); err != nil {
			return nil, setting, err
		}
	}
	setting.Others, err = watch.Others()
	return results, setting, err
}

// report prints what was measured, and keeps it where -out says.
func (o options) report(setting report.Setting, results []plan.Result) error {
	if o.ablate != nil {
		text := report.Ablation(setting, results)
		fmt.Print(text)
		if o.out == "" {
			return nil
		}
		return report.Update(filepath.Join(o.out, "decisions", "policy.md"), text)
	}
	const dir = "bench"
	var plots []report.Plot
	if o.out != "" {
		var err error
		if plots, err = report.Plots(filepath.Join(o.out, dir), results); err != nil {
			return err
		}
	}
	text := report.Markdown(setting, results, dir, plots)
	fmt.Print(text)
	if o.out == "" {
		return nil
	}
	return report.Update(filepath.Join(o.out, "BENCHMARKS.md"), text)
}

func (o options) runner(dir string) run.Runner {
	return run.Runner{
		Rounds: o.rounds, Duration: o.duration, Dir: dir, Generator: o.choice.Generator, Syscalls: o.ablate == nil, Progress: os.Stderr,
	}
}

// failures is an error if a contender failed that was to be had.
func failures(results []plan.Result) error {
	var errs []error
	for _, r := range results {
		for name, failed := range r.Errors {
			errs = append(errs, fmt.Errorf("%s: %s: %s", r.Row.Name, name, failed))
		}
	}
	return errors.Join(errs...)
}

func list(rows []plan.Row) {
	for _, r := range rows {
		fmt.Printf("%-22s %s\n", r.Name, r.Title)
	}
}
