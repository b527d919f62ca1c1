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
	c := wire.Counters{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano())}
	c.Mallocs = runtimeSum("/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects")
	c.Live = int64(runtimeSum("/memory/classes/heap/objects:bytes", "/memory/classes/heap/stacks:bytes"))
	fields := parseStatus(string(status))
	c.Threads = int(fields["Threads"])
	c.RSS = fields["VmRSS"] << 10
	c.PeakRSS = fields["VmHWM"] << 10
	return c, nil
}

// SelfAlone is Self without the memory that is only kept for later. What is in a
// sync.Pool goes with the second collection.
func SelfAlone() (wire.Counters, error) {
	debug.FreeOSMemory()
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

// runtimeSum adds figures of Go's runtime up. Unlike runtime.ReadMemStats it does
// not stop the world.
func runtimeSum(names ...string) (sum uint64) {
	samples := make([]metrics.Sample, len(names))
	for i, name := range names {
		samples[i].Name = name
	}
	metrics.Read(samples)
	for _, s := range samples {
		sum += s.Value.Uint64()
	}
	return sum
}
