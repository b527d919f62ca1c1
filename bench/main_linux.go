package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/awaitio/awaitio/bench/internal/child"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/run"
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
	rows, err := o.choice.Select(plan.Rows())
	if err != nil {
		return err
	}
	if o.list {
		list(rows)
		return nil
	}
	results, err := run.Runner{Rounds: o.rounds, Duration: o.duration, Progress: os.Stderr}.Run(ctx, rows)
	if err != nil {
		return err
	}
	for _, r := range results {
		fmt.Println(r.Row.Name)
		for _, c := range r.Row.Contenders {
			fmt.Println("  ", c, r.Samples[c])
		}
	}
	return nil
}

func list(rows []plan.Row) {
	for _, r := range rows {
		fmt.Printf("%-22s %s\n", r.Name, r.Title)
	}
}
