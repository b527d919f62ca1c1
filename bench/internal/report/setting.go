package report

import "time"

// A Setting is where and how the figures came about.
type Setting struct {
	Machine, Kernel, Go string
	Libraries           []string
	Generator           string // what load generators run on, unless their row says something else
	Command             string
	Rounds              int
	Duration            time.Duration
	Date                time.Time
	Others              float64 // the share of the processors' time that others took meanwhile
}
