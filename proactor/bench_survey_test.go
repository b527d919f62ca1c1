//go:build unix

package proactor

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/testutil"
)

// BenchmarkSurveyTurn is how long a loop is held up at a time by a list of ten thousand operations: half
// of them polls and half timeouts.
func BenchmarkSurveyTurn(b *testing.B) {
	const each = 5000
	p, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = p.Run(b.Context()) }()
	fd, _ := testutil.SocketPair(b)
	polls, sleeps := make([]Completion, each), make([]Completion, each)
	nothing := func(*Completion, Result) {}
	for i := range each {
		if p.Poll(&polls[i], fd, unix.POLLIN, nothing) != nil || p.Timeout(&sleeps[i], time.Hour, nothing) != nil {
			b.Fatal("no room")
		}
	}
	for p.Stats().InFlight < each {
		time.Sleep(time.Millisecond)
	}
	var turns []time.Duration
	for b.Loop() {
		p.watch.surveys++
		s := &survey{
			p: p, limit: 2 * each, id: p.watch.surveys,
			records: make([]record, 0, 2*each), copied: make([]alarm.Entry[*Completion], 0, timersMax),
		}
		p.ask(func() (more bool) {
			begun := time.Now()
			more = s.step()
			turns = append(turns, time.Since(begun))
			return more
		})
		if len(s.records) < 2*each {
			b.Fatalf("%d operations were found", len(s.records))
		}
	}
	slices.Sort(turns)
	b.ReportMetric(float64(turns[len(turns)/2].Nanoseconds())/1e3, "µs/turn")
	b.ReportMetric(float64(turns[len(turns)*99/100].Nanoseconds())/1e3, "µs/turn-p99")
	if err := p.Close(); err != nil {
		b.Fatal(err)
	}
	<-ended
}
