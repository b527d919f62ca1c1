package run

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/bench/internal/plan"
	"github.com/awaitio/awaitio/bench/internal/stats"
	"github.com/awaitio/awaitio/bench/internal/usage"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// measure has one contender do a row's work for d.
func measure(ctx context.Context, r plan.Row, contender string, d time.Duration) (stats.Sample, error) {
	s := r.Spec
	s.Contender = contender
	if !r.Served {
		worker, err := start(ctx, "local", s)
		if err != nil {
			return nil, err
		}
		defer worker.end()
		return sample(worker, worker, d)
	}
	server, err := start(ctx, "serve", s)
	if err != nil {
		return nil, err
	}
	defer server.end()
	before, err := server.Counters()
	if err != nil {
		return nil, server.explain(err)
	}
	s.Addr = server.Hello.Addr
	generator, err := start(ctx, "load", s)
	if err != nil {
		return nil, server.explain(err)
	}
	defer generator.end()
	result, err := sample(server, generator, d)
	if err == nil && s.Work == "idle" {
		err = addBytes(result, server, before, s.Conns)
	}
	return result, err
}

// sample has driver work for d and tells what that took of subject, which may be
// the same.
func sample(subject, driver *process, d time.Duration) (stats.Sample, error) {
	before, err := subject.Counters()
	if err != nil {
		return nil, subject.explain(err)
	}
	w, err := driver.Run(d)
	if err != nil {
		return nil, driver.explain(err)
	}
	after, err := subject.Counters()
	if err != nil {
		return nil, subject.explain(err)
	}
	result := combine(w, before, after)
	if w.Ops > 0 {
		countSyscalls(result, subject, driver, d/5)
	}
	return result, nil
}

// combine makes a sample of what was done and what that took.
func combine(w wire.Window, before, after wire.Counters) stats.Sample {
	s := stats.Sample{
		stats.Threads: float64(after.Threads),
		stats.PeakRSS: float64(after.PeakRSS) / (1 << 20),
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

// addBytes is the memory that each connection of an idle server takes.
func addBytes(s stats.Sample, server *process, before wire.Counters, conns int) error {
	after, err := server.Counters()
	if err != nil {
		return server.explain(err)
	}
	s[stats.Bytes] = float64(after.RSS-before.RSS) / float64(conns)
	for _, m := range []stats.Metric{stats.Rate, stats.Time, stats.CPU, stats.Syscalls, stats.Allocs} {
		delete(s, m)
	}
	return nil
}
