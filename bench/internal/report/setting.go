package report

import (
	"time"

	"github.com/awaitio/awaitio/bench/internal/machine"
)

// A Setting is where and how the figures came about.
type Setting struct {
	Machine, Kernel, Go string
	Libraries           []string
	Generator           string // what load generators run on, unless their row says something else
	Command             string
	Rounds              int
	Duration            time.Duration
	Date                time.Time
	Costs               []machine.Cost // what the machine takes for what all do
	Others              float64        // the share of the processors' time that others took meanwhile
}
