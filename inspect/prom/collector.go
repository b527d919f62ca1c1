// Package prom has the content of package inspect's page as metrics for Prometheus.
//
//	prometheus.MustRegister(prom.NewCollector(io))
//
// It is a module of its own, so that programs that use package await do not depend on the client
// library. dashboard.json beside it is a dashboard for Grafana, and docs/OPERATIONS.md has alerts.
package prom

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// NewCollector returns a collector for ios. Register it once. The label io is the index of an IO among
// them. No label has an address, a name of the program's, or a path other than a mount point, so the
// number of series is bounded by the kinds of operations, the loops, and the mounts that may hang. A
// scrape takes about 50 µs for each loop, or 50 ms if a loop does not answer. Any goroutine may collect.
func NewCollector(ios ...*await.IO) prometheus.Collector { return &collector{ios} }

type collector struct{ ios []*await.IO }

// described are all metrics.
var described []*prometheus.Desc

// metric describes a metric. Its labels are io and labels.
func metric(name, help string, labels ...string) *prometheus.Desc {
	d := prometheus.NewDesc("awaitio_"+name, help, append([]string{"io"}, labels...), nil)
	described = append(described, d)
	return d
}

var (
	info         = metric("info", "The backend in use, and what forced it.", "backend", "forced", "system")
	refused      = metric("backend_refused", "1: this better backend does not run here.", "backend")
	begun        = metric("operations_begun_total", "Operations that have begun.", "op")
	ended        = metric("operations_ended_total", "Operations that have ended, by result.", "op", "result")
	underWay     = metric("operations_under_way", "Operations under way.", "op")
	moved        = metric("operation_bytes_total", "Bytes that operations moved.", "op")
	seconds      = metric("operation_seconds", "Duration of operations.", "op")
	oldest       = metric("oldest_file_operation_seconds", "Age of the oldest operation under way on a file.")
	stuck        = metric("operations_stuck", "Operations that their callers have left, and the kernel has not ended.")
	calls        = metric("system_calls_total", "System calls to submit, cancel or collect operations.")
	wakeUps      = metric("wake_ups_total", "How often a submission had to wake the loop.")
	overflows    = metric("completion_overflows_total", "How often the completion queue was full; no result is lost.")
	stalled      = metric("loop_stalled_seconds", "How long the loop has stood still; 0: it runs.", "loop")
	rounds       = metric("loop_rounds_total", "Rounds of the loop since it started.", "loop")
	queued       = metric("loop_queued", "Operations that wait to be handed to the kernel.", "loop")
	inFlight     = metric("loop_in_flight", "Operations that the kernel or a worker has.", "loop")
	mountStuck   = metric("mount_calls_stuck", "Calls that a mount does not answer.", "mount", "type")
	mountOldest  = metric("mount_oldest_call_seconds", "Age of the oldest call that a mount does not answer.", "mount", "type")
	mountRefused = metric("mount_calls_refused_total", "Calls that failed at once, because so many are stuck on the mount.", "mount", "type")
	mountLeft    = metric("mount_calls_left_total", "Calls that their callers left to the kernel.", "mount", "type")
	left         = metric("calls_left_total", "Calls on files and paths that their callers left to the kernel.")
	late         = metric("calls_late_total", "Calls on files and paths that took more than 100 ms.")
	turnedAway   = metric("calls_refused_total", "Calls on files and paths that failed at once, because their mount does not answer.")
	held         = metric("transfers_held", "Transfers of files that have ended for their callers but must be waited for, because the kernel has the callers' memory.")
	lent         = metric("lent_bytes", "Memory of the library that calls on files use.")
	mountThreads = metric("mount_threads", "Threads that block in calls on mounts that may hang.")
	lost         = metric("mount_threads_lost", "The same threads, of calls that were stuck when their mount answered others again.")
	abandoned    = metric("results_abandoned_total", "Results that were discarded, because their callers had left.")
	batches      = metric("batches_total", "Batches of operations that were handed to the kernel, by size: from this many to less than twice as many.", "operations")
	longest      = metric("loop_longest_round_seconds", "The longest time that the loop was busy without looking for new calls.", "loop")
	timers       = metric("loop_timers", "Timeouts and deadlines that are set.", "loop")
	timerLag     = metric("loop_timer_lag_seconds", "How late the last timer of the loop was.", "loop")
	timerLagMost = metric("loop_timer_lag_most_seconds", "The longest that a timer of the loop was late.", "loop")
	handover     = metric("loop_handover_seconds", "Time from a result until its goroutine ran, as last measured.", "loop")
	handoverMost = metric("loop_handover_most_seconds", "The longest time from a result until its goroutine ran.", "loop")
	workers      = metric("loop_workers", "Threads that block in calls, without those of io_uring.", "loop")
	workersLine  = metric("loop_workers_in_line", "Operations that wait for such a thread.", "loop")
	workersMost  = metric("loop_workers_most", "The most threads that have blocked at once.", "loop")
	mountRunning = metric("mount_calls_running", "Calls under way on a mount that are neither stuck nor lost.", "mount", "type")
	mountInLine  = metric("mount_calls_in_line", "Calls that wait for a slot of a mount.", "mount", "type")
	mountLost    = metric("mount_calls_lost", "Calls that were stuck when the mount answered others again.", "mount", "type")
	mountEnded   = metric("mount_calls_ended_total", "Calls on a mount that have ended.", "mount", "type")
)

// Describe sends all descriptions.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range described {
		to <- d
	}
}

// Collect looks at the IOs.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	for i, io := range c.ios {
		s := scrape{to, strconv.Itoa(i)}
		s.choice(io.Choice())
		s.stats(io.Stats())
		for _, k := range io.Kinds() {
			s.kind(&k)
		}
		for _, l := range io.Loops() {
			s.loop(l)
		}
		for _, m := range byPoint(io.Mounts()) {
			s.mount(m)
		}
		s.gauge(oldest, oldestFile(io.Operations(0)).Seconds())
	}
}

// oldestFile is the age of the oldest operation on a file, which is first.
func oldestFile(all []proactor.Operation) time.Duration {
	for _, o := range all {
		if o.File {
			return max(time.Since(o.Since), 0)
		}
	}
	return 0
}

// A scrape sends the metrics of one IO.
type scrape struct {
	to chan<- prometheus.Metric
	io string
}

func (s scrape) send(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(d, kind, value, append([]string{s.io}, labels...)...)
}

func (s scrape) gauge(d *prometheus.Desc, value float64, labels ...string) {
	s.send(d, prometheus.GaugeValue, value, labels...)
}

func (s scrape) count(d *prometheus.Desc, n uint64, labels ...string) {
	s.send(d, prometheus.CounterValue, float64(n), labels...)
}

func (s scrape) choice(chosen proactor.Choice) {
	s.gauge(info, 1, chosen.Backend, chosen.Forced, chosen.System)
	for _, r := range chosen.Refused {
		s.gauge(refused, 1, r.Backend)
	}
}

func (s scrape) stats(stats proactor.Stats) {
	s.gauge(stuck, float64(stats.Stuck))
	s.count(calls, stats.SystemCalls)
	s.count(wakeUps, stats.WakeUps)
	s.count(overflows, stats.Overflows)
	s.count(left, stats.Left)
	s.count(late, stats.Late)
	s.count(turnedAway, stats.Refused)
	s.gauge(held, float64(stats.Held))
	s.gauge(lent, float64(stats.LentBytes))
	s.gauge(mountThreads, float64(stats.MountThreads))
	s.gauge(lost, float64(stats.Lost))
	s.count(abandoned, stats.Abandoned)
	for i, n := range stats.BatchSizes {
		s.count(batches, n, strconv.Itoa(1<<i))
	}
}

func (s scrape) kind(k *proactor.KindStats) {
	s.count(begun, k.Begun, k.Op)
	s.gauge(underWay, float64(k.Begun-min(k.Begun, k.Ended)), k.Op)
	s.count(ended, k.Ended-min(k.Ended, k.Failed+k.Canceled+k.TimedOut), k.Op, "ok")
	s.count(ended, k.Failed, k.Op, "failed")
	s.count(ended, k.Canceled, k.Op, "canceled")
	s.count(ended, k.TimedOut, k.Op, "timed_out")
	s.count(moved, k.Bytes, k.Op)
	s.to <- prometheus.MustNewConstHistogram(seconds, k.Latency.Count, k.Latency.Sum.Seconds(), buckets(&k.Latency), s.io, k.Op)
}

// buckets returns the counts below 1 µs, 4 µs, 16 µs and so on, to 68 s.
func buckets(h *proactor.Histogram) map[float64]uint64 {
	all, below := make(map[float64]uint64), uint64(0)
	next := time.Duration(1024)
	for bound, n := range h.Buckets() {
		if below += n; bound == next {
			all[bound.Seconds()] = below
			next *= 4
		}
	}
	return all
}

// byPoint adds up mounts with the same mount point and type, such as one that was mounted over a dead
// one: a metric must not occur twice.
func byPoint(all []await.MountState) (sums []await.MountState) {
	for _, m := range all {
		i := slices.IndexFunc(sums, func(sum await.MountState) bool { return sum.Mount == m.Mount && sum.Type == m.Type })
		if i < 0 {
			sums = append(sums, m)
			continue
		}
		sum := &sums[i]
		sum.Running += m.Running
		sum.InLine += m.InLine
		sum.Stuck += m.Stuck
		sum.Lost += m.Lost
		sum.Oldest = max(sum.Oldest, m.Oldest)
		sum.Begun += m.Begun
		sum.Ended += m.Ended
		sum.Refused += m.Refused
		sum.Left += m.Left
	}
	return sums
}

func (s scrape) mount(m await.MountState) {
	mount, kind := strings.ToValidUTF8(m.Mount, "?"), strings.ToValidUTF8(m.Type, "?")
	s.gauge(mountStuck, float64(m.Stuck), mount, kind)
	s.gauge(mountOldest, m.Oldest.Seconds(), mount, kind)
	s.count(mountRefused, m.Refused, mount, kind)
	s.count(mountLeft, m.Left, mount, kind)
	s.count(mountEnded, m.Ended, mount, kind)
	s.gauge(mountRunning, float64(m.Running), mount, kind)
	s.gauge(mountInLine, float64(m.InLine), mount, kind)
	s.gauge(mountLost, float64(m.Lost), mount, kind)
}

func (s scrape) loop(l proactor.LoopState) {
	loop, still := strconv.Itoa(l.Loop), time.Duration(0)
	if l.Stalled {
		still = max(time.Since(l.Since), 1)
	}
	s.gauge(stalled, still.Seconds(), loop)
	s.count(rounds, l.Rounds, loop)
	s.gauge(queued, float64(l.Queued), loop)
	s.gauge(inFlight, float64(l.InFlight), loop)
	s.gauge(timers, float64(l.Timers), loop)
	s.gauge(longest, l.Longest.Seconds(), loop)
	s.gauge(timerLag, l.TimerLag.Seconds(), loop)
	s.gauge(timerLagMost, l.LagMost.Seconds(), loop)
	s.gauge(handover, l.Handover.Seconds(), loop)
	s.gauge(handoverMost, l.HandoverMost.Seconds(), loop)
	s.gauge(workers, float64(l.Workers), loop)
	s.gauge(workersLine, float64(l.WorkersInLine), loop)
	s.gauge(workersMost, float64(l.WorkersMost), loop)
}
