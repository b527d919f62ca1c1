package usage

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Watch tells how much of the processors others had while it ran: the figures
// of a machine that is not our own are to be read with that in mind.
type Watch struct {
	busy, all, own time.Duration
}

// StartWatch begins to watch.
func StartWatch() (Watch, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Watch{}, err
	}
	busy, all, err := parseStat(string(text))
	if err != nil {
		return Watch{}, err
	}
	own, err := family()
	return Watch{busy, all, own}, err
}

// Others is the share, from 0 to 1, of all processors' time since the start that
// neither this process used nor children that have ended. What a hypervisor gave
// to other machines is in it.
func (w Watch) Others() (float64, error) {
	now, err := StartWatch()
	if err != nil || now.all == w.all {
		return 0, err
	}
	others := now.busy - w.busy - (now.own - w.own)
	return max(0, float64(others)/float64(now.all-w.all)), nil
}

// family is the processor time of this process and its ended children.
func family() (time.Duration, error) {
	var total time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var r unix.Rusage
		if err := unix.Getrusage(who, &r); err != nil {
			return 0, fmt.Errorf("getrusage: %w", err)
		}
		total += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return total, nil
}

// tick is the unit of /proc/stat: USER_HZ is 100 wherever Go runs.
const tick = 10 * time.Millisecond

// The columns of /proc/stat that are no work: idle and iowait. The two after
// steal are guests' time, which is in user's already.
const (
	idleColumn   = 3
	iowaitColumn = 4
	columns      = 8
)

// parseStat is the time of all processors, and what of it was not idle.
func parseStat(text string) (busy, all time.Duration, err error) {
	first, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(first)
	if len(fields) < 1+columns || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("/proc/stat begins with %q", first)
	}
	for i, field := range fields[1 : 1+columns] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("/proc/stat: %w", err)
		}
		all += time.Duration(ticks) * tick
		if i != idleColumn && i != iowaitColumn {
			busy += time.Duration(ticks) * tick
		}
	}
	return busy, all, nil
}
