//go:build unix

package simproc

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// The garbage collector runs when it likes, and shows in schedules. So a child does without
// until it has used so much memory, and as ever from then on.

// How much memory a child uses before its first collection. All children together use half
// of what is available at most.
const (
	memoryMin = 32 << 20
	memoryMax = 512 << 20
)

// memoryEnv are the variables that put the first collection off.
func memoryEnv() []string {
	limit := uint64(memoryMax)
	if free := memoryAvailable(); free > 0 {
		limit = min(limit, free/2/uint64(runtime.NumCPU()))
	}
	return []string{"GOGC=off", fmt.Sprintf("GOMEMLIMIT=%dB", max(memoryMin, limit))}
}

// memoryAvailable is MemAvailable of proc_meminfo(5) in bytes; 0 if it cannot be told.
func memoryAvailable() uint64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "MemAvailable:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// collectAsEver has collections be as ever after the first, which is when an object that
// nobody has is found.
func collectAsEver() {
	object := make([]*int, 8)
	runtime.AddCleanup(&object[0], func(struct{}) {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(math.MaxInt64)
	}, struct{}{})
}
