package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/awaitio/awaitio/bench/internal/load"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/internal/ablate"
)

// options are what the command line asks for.
type options struct {
	choice   plan.Choice
	engine   string // what that is here
	rounds   int
	duration time.Duration
	out      string
	dir      string
	list     bool
	ablate   []ablate.Mechanism // measure ours with and without these, instead of the others
	results  string             // a file that keeps what was measured, for the next run to add to
}

// smokeDuration is how long a measurement takes of which only that it works is
// of interest.
const smokeDuration = 20 * time.Millisecond

func commandLine() options {
	var o options
	flag.StringVar(&o.choice.Rows, "rows", "", "only the rows whose names match this regular `expression`")
	flag.StringVar(&o.choice.Contenders, "contenders", "", "only these, and what they are compared with: `names` with commas between")
	flag.BoolVar(&o.choice.Full, "full", false, "the rows too that take long")
	flag.BoolVar(&o.choice.Smoke, "smoke", false, "everything once and tiny: that it works, not how fast it is")
	flag.StringVar(&o.choice.Generator, "generator", "", "have every load generator run on `this`, io_uring or epoll; otherwise each on what suits its row")
	flag.IntVar(&o.rounds, "rounds", 5, "how many times each contender has its turn")
	flag.DurationVar(&o.duration, "duration", 500*time.Millisecond, "how long a turn lasts")
	flag.StringVar(&o.out, "out", "", "write the report into BENCHMARKS.md, and the plots into bench/, of this `directory`")
	flag.StringVar(&o.dir, "dir", "", "make the files that are read and written in this `directory`, on the disk to be measured; otherwise where temporary files go")
	flag.BoolVar(&o.list, "list", false, "show the rows and measure nothing")
	names := flag.String("ablate", "", "measure ours beside ours without each of these mechanisms: `names` with commas between, or all")
	flag.StringVar(&o.results, "results", "", "add what is measured to this `file`, and report all that is in it")
	flag.Parse()
	if flag.NArg() > 0 {
		refuse("it takes no arguments, only flags")
	}
	if o.rounds < 1 || o.duration < time.Millisecond {
		refuse("-rounds must be 1 at least, and -duration a millisecond")
	}
	var err error
	if o.engine, err = load.Engine(o.choice.Generator); err != nil {
		refuse(err.Error())
	}
	if o.ablate, err = mechanisms(*names); err != nil {
		refuse(err.Error())
	}
	if o.choice.Smoke && o.out != "" {
		refuse("what -smoke measures is not worth an -out")
	}
	if o.choice.Smoke {
		o.rounds, o.duration = 1, smokeDuration
	}
	return o
}

// mechanisms are those of that names, with commas between them.
func mechanisms(names string) (all []ablate.Mechanism, err error) {
	switch names {
	case "":
		return nil, nil
	case "all":
		return ablate.All(), nil
	}
	for name := range strings.SplitSeq(names, ",") {
		m, err := ablate.Parse(name)
		if err != nil {
			return nil, fmt.Errorf("-ablate: %w", err)
		}
		all = append(all, m)
	}
	return all, nil
}

// command is what repeats this run, from the root of the repository.
func (o options) command() string {
	return strings.Join(append([]string{"go -C bench run ."}, os.Args[1:]...), " ")
}

func refuse(why string) {
	fmt.Fprintln(os.Stderr, "bench:", why)
	flag.Usage()
	os.Exit(2)
}
