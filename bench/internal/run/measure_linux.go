package run

import (
	"cmp"
	"context"
	"time"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/usage"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// limit is how long the longest measurement may take besides its duration, before
// something hangs.
const limit = 2 * time.Minute

// measure has one contender do a row's work for d.
func (r Runner) measure(ctx context.Context, row plan.Row, name string) (stats.Sample, error) {
	r.Duration = max(r.Duration, row.Duration)
	ctx, cancel := context.WithTimeout(ctx, limit+r.Duration)
	defer cancel()
	stop, err := keepBusy(ctx, row.Busy)
	if err != nil {
		return nil, err
	}
	defer stop()
	s := row.Spec
	s.Contender, s.Without = contender.Ablated(name)
	s.Dir, s.Generator = r.Dir, cmp.Or(r.Generator, s.Generator)
	switch {
	case row.Served:
		return r.served(ctx, s)
	case row.Peer != "":
		return r.asked(ctx, s, row.Peer)
	}
	return r.alone(ctx, s)
}

// served is a server under the load generator.
func (r Runner) served(ctx context.Context, s wire.Spec) (stats.Sample, error) {
	server, err := start(ctx, "serve", s)
	if err != nil {
		return nil, err
	}
	defer server.end()
	before, err := server.Counters()
	if err != nil {
		return nil, blame(err, server)
	}
	s.Addr = server.Hello.Addr
	generator, err := start(ctx, "load", s)
	if err != nil {
		return nil, blame(err, server)
	}
	defer generator.end()
	if s.Work == "idle" {
		return idle(server, generator, before, s.Conns)
	}
	return r.sample(server, generator)
}

// asked is a client of a server that somebody else is.
func (r Runner) asked(ctx context.Context, s wire.Spec, peer string) (stats.Sample, error) {
	other := wire.Spec{Contender: peer, Work: "echo", Conns: s.Conns, Size: s.Size}
	server, err := start(ctx, "serve", other)
	if err != nil {
		return nil, err
	}
	defer server.end()
	s.Addr = server.Hello.Addr
	return r.alone(ctx, s)
}

// alone is one process that works and measures itself.
func (r Runner) alone(ctx context.Context, s wire.Spec) (stats.Sample, error) {
	worker, err := start(ctx, "local", s)
	if err != nil {
		return nil, err
	}
	defer worker.end()
	return r.sample(worker, worker)
}

// warm is how long a process works before it is measured: caches, pools and the
// sizes of socket buffers have settled by then.
const warm = 150 * time.Millisecond

// sample has driver work and tells what that took of subject, which may be
// the same.
func (r Runner) sample(subject, driver *process) (stats.Sample, error) {
	d := r.Duration
	if _, err := driver.Run(min(d, warm)); err != nil {
		return nil, blame(err, driver, subject)
	}
	before, err := counters(subject, driver)
	if err != nil {
		return nil, err
	}
	w, err := driver.Run(d)
	if err != nil {
		return nil, blame(err, driver, subject)
	}
	after, err := counters(subject, driver)
	if err != nil {
		return nil, err
	}
	result := combine(w, before[0], after[0])
	if w.Ops > 0 {
		if driver != subject {
			result[stats.LoadCPU] = micros(after[1].CPU-before[1].CPU) / float64(w.Ops)
		}
		if r.Syscalls {
			countSyscalls(result, subject, driver, d/5)
		}
	}
	return result, nil
}

// counters are those of each process.
func counters(processes ...*process) ([]wire.Counters, error) {
	var all []wire.Counters
	for _, p := range processes {
		c, err := p.Counters()
		if err != nil {
			return nil, blame(err, p)
		}
		all = append(all, c)
	}
	return all, nil
}

// combine makes a sample of what was done and what that took.
func combine(w wire.Window, before, after wire.Counters) stats.Sample {
	s := stats.Sample{}
	if !w.Elsewhere {
		s[stats.Threads] = float64(after.Threads)
		s[stats.PeakRSS] = float64(after.PeakRSS) / (1 << 20)
	}
	if w.Ops > 0 && w.Elapsed > 0 {
		ops := float64(w.Ops)
		s[stats.Rate] = ops / w.Elapsed.Seconds()
		s[stats.Time] = micros(w.Elapsed) / ops
		s[stats.CPU] = micros(after.CPU-before.CPU) / ops
		s[stats.Allocs] = float64(after.Mallocs-before.Mallocs) / ops
	}
	for name, v := range w.Micros {
		s[stats.Metric(name)] = v
	}
	for name, v := range w.Values {
		s[stats.Metric(name)] = v
	}
	return s
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// countSyscalls has driver work once more, for a short while, because counting
// costs the most where there are the most system calls. Where they cannot be
// counted the sample goes without.
func countSyscalls(s stats.Sample, subject, driver *process, d time.Duration) {
	count, err := usage.CountSyscalls(subject.cmd.Process.Pid)
	if err != nil {
		return
	}
	defer count.Close()
	w, err := driver.Run(d)
	if err != nil || w.Ops == 0 {
		return
	}
	if total, err := count.Total(); err == nil {
		s[stats.Syscalls] = float64(total) / float64(w.Ops)
	}
}

// idle is what each connection takes of a server that has nothing to do: of what
// it had before there were any.
func idle(server, generator *process, before wire.Counters, conns int) (stats.Sample, error) {
	if _, err := generator.Run(idleTime); err != nil {
		return nil, blame(err, generator)
	}
	after, err := server.Counters()
	if err != nil {
		return nil, blame(err, server)
	}
	return stats.Sample{
		stats.Bytes:   float64(after.RSS-before.RSS) / float64(conns),
		stats.Live:    float64(after.Live-before.Live) / float64(conns),
		stats.Threads: float64(after.Threads),
		stats.PeakRSS: float64(after.PeakRSS) / (1 << 20),
	}, nil
}

// idleTime is how long a server may take to accept what has connected.
const idleTime = 300 * time.Millisecond
