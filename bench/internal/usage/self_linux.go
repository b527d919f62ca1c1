package usage

import (
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// Self is what this process has used. The processor time is that of all threads,
// those included that the kernel runs for an io_uring.
func Self() (wire.Counters, error) {
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		return wire.Counters{}, fmt.Errorf("getrusage: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return wire.Counters{}, err
	}
	c := wire.Counters{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Mallocs: mallocs()}
	fields := parseStatus(string(status))
	c.Threads = int(fields["Threads"])
	c.RSS = fields["VmRSS"] << 10
	c.PeakRSS = fields["VmHWM"] << 10
	return c, nil
}

// SelfAlone is Self without the memory that is only kept for later.
func SelfAlone() (wire.Counters, error) {
	debug.FreeOSMemory()
	return Self()
}

// parseStatus is the numbers of a /proc/PID/status, which has kibibytes.
func parseStatus(status string) map[string]int64 {
	fields := map[string]int64{}
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		words := strings.Fields(value)
		if len(words) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(words[0], 10, 64); err == nil {
			fields[name] = n
		}
	}
	return fields
}

// mallocs counts without stopping the world, as runtime.ReadMemStats would.
func mallocs() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/tiny/allocs:objects"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}
