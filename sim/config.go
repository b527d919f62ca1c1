//go:build unix

package sim

import "time"

// A Config is what the seeds of a Run are like. The zero Config is ready for use.
type Config struct {
	// Count is how many seeds there are, from 1 on. Default 100. The variable SIM_COUNT
	// counts more than Count, and SIM_TIME (as in "10m") runs seeds that were not run before
	// for so long.
	Count int

	// Limit is how much simulated time a seed may take. A seed that does not end fails.
	// Default an hour.
	Limit time.Duration

	// Minimize is how much wall time may be spent on reducing the faults of a seed that
	// failed. Default 30 s; if negative, none.
	Minimize time.Duration

	// Start is the first instant, where the clocks of all hosts begin. Default midnight UTC
	// of January 1, 2000, where the clock of a bubble begins. An earlier one is ignored.
	Start time.Time

	// Link is what packets between hosts meet with, where World.Link has not set another.
	Link LinkConfig

	// Disk is what the disks of hosts are like, until Disk.Set.
	Disk DiskConfig
}

const (
	countDefault    = 100
	limitDefault    = time.Hour
	minimizeDefault = 30 * time.Second
)

func (c Config) withDefaults() Config {
	if c.Count <= 0 {
		c.Count = countDefault
	}
	if c.Limit <= 0 {
		c.Limit = limitDefault
	}
	if c.Minimize == 0 {
		c.Minimize = minimizeDefault
	}
	return c
}
