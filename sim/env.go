//go:build unix

package sim

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// The variables that Run looks at.
const (
	seedVariable   = "SIM_SEED"   // run this seed alone, in this process
	countVariable  = "SIM_COUNT"  // run so many seeds, from 1 on
	timeVariable   = "SIM_TIME"   // run seeds that were not run before, for so long
	mutexVariable  = "SIM_MUTEX"  // "block": leave the runtime alone
	faultsVariable = "SIM_FAULTS" // "all": with SIM_SEED, all faults and not those that are needed
)

// orders are what the variables say.
type orders struct {
	seed         uint64
	one          bool // the seed alone
	count        int
	time         time.Duration
	blockMutexes bool
	allFaults    bool
}

func readOrders(c Config) (o orders, err error) {
	o = orders{count: c.Count, blockMutexes: os.Getenv(mutexVariable) == "block", allFaults: os.Getenv(faultsVariable) == "all"}
	if v := os.Getenv(seedVariable); v != "" {
		if o.seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			return o, fmt.Errorf("%s=%s: %w", seedVariable, v, err)
		}
		o.one = true
	}
	if v := os.Getenv(countVariable); v != "" {
		if o.count, err = strconv.Atoi(v); err != nil || o.count < 1 {
			return o, fmt.Errorf("%s=%s is not a number of seeds", countVariable, v)
		}
	}
	if v := os.Getenv(timeVariable); v != "" {
		if o.time, err = time.ParseDuration(v); err != nil {
			return o, fmt.Errorf("%s=%s: %w", timeVariable, v, err)
		}
	}
	return o, nil
}

// first is the first seed. With SIM_TIME it comes from the clock, so that no two runs try
// the same ones.
func (o orders) first() uint64 {
	if o.time > 0 {
		return uint64(time.Now().UnixMilli()) * 1000
	}
	return 1
}
