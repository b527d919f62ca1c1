//go:build unix

package sim

import (
	"iter"
	"os"
	"strconv"
)

// The variables that choose the seeds of randomized tests.
const (
	SeedVariable  = "SIM_SEED"  // run this seed alone: what a failure printed
	CountVariable = "SIM_COUNT" // run so many seeds
)

// Seeds are those a randomized test runs: 1 to count, or as the variables say.
func Seeds(count uint64) iter.Seq[uint64] {
	first := uint64(1)
	if n, err := strconv.ParseUint(os.Getenv(CountVariable), 10, 64); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv(SeedVariable), 10, 64); err == nil {
		first, count = n, 1
	}
	return func(yield func(uint64) bool) {
		for i := range count {
			if !yield(first + i) {
				return
			}
		}
	}
}
