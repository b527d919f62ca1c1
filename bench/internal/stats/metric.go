package stats

// A Metric is the name of something measured.
type Metric string

// What is measured. Where nothing else is said, less is better.
const (
	Rate     Metric = "rate"     // operations a second; more is better
	Time     Metric = "time"     // microseconds an operation takes, all of them together
	P50      Metric = "p50"      // microseconds
	P99      Metric = "p99"      // microseconds
	P999     Metric = "p999"     // microseconds
	Fair     Metric = "fair"     // what the slowest connection got done, over the fastest; more is better
	Light    Metric = "light"    // requests a second of a connection that asks now and then; more is better
	Slowest  Metric = "slowest"  // of the slowest of these connections; more is better
	Heavy    Metric = "heavy"    // of the connection beside them that never pauses; more is better
	CPU      Metric = "cpu"      // microseconds of processor time an operation
	LoadCPU  Metric = "loadcpu"  // microseconds of the load generator's processor time an operation
	Syscalls Metric = "syscalls" // system calls an operation
	Allocs   Metric = "allocs"   // allocations an operation
	Threads  Metric = "threads"  // of the system
	PeakRSS  Metric = "rss"      // MiB
	Bytes    Metric = "bytes"    // of memory, each
	Live     Metric = "live"     // bytes of Go's objects and stacks, each
	Set      Metric = "set"      // nanoseconds to set a timer
	Stop     Metric = "stop"     // nanoseconds to stop one
	SetStop  Metric = "setstop"  // nanoseconds for both
)

// A Column is how a metric is shown.
type Column struct {
	Metric  Metric
	Title   string
	Ratio   bool // with its ratio to the base's
	MoreWin bool // more is better
	Floor   bool // with its ratio to the floor's, where that takes part
}

// Columns are all metrics, in the order in which they are shown.
var Columns = []Column{
	{Rate, "per second", true, true, true},
	{Time, "µs each", true, false, false},
	{P50, "p50 µs", true, false, false},
	{P99, "p99 µs", true, false, false},
	{P999, "p99.9 µs", false, false, false},
	{Fair, "slowest over fastest", false, true, false},
	{Light, "per second of a light one", true, true, false},
	{Slowest, "of the slowest", true, true, false},
	{Heavy, "of the heavy one", true, true, false},
	{CPU, "CPU µs each", true, false, true},
	{LoadCPU, "generator's CPU µs each", false, false, false},
	{Syscalls, "system calls each", false, false, false},
	{Allocs, "allocations each", false, false, false},
	{Set, "ns to set", true, false, false},
	{Stop, "ns to stop", true, false, false},
	{SetStop, "ns for both", true, false, false},
	{Bytes, "bytes each", true, false, false},
	{Live, "of them Go's objects and stacks", true, false, false},
	{Threads, "threads", false, false, false},
	{PeakRSS, "peak RSS MiB", false, false, false},
}

// ColumnOf is m's column.
func ColumnOf(m Metric) Column {
	for _, c := range Columns {
		if c.Metric == m {
			return c
		}
	}
	return Column{Metric: m, Title: string(m)}
}
