package wal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/wal"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	noSync    = "entries not synced"
	noDirSync = "directory not synced"
)

func options() wal.Options {
	return wal.Options{SegmentSize: 1000, NoSync: planted.Is(noSync), NoDirSync: planted.Is(noDirSync)}
}

// entries fill three segments, and one of them is larger than a sector.
var entries = []string{"one", strings.Repeat("two", 500), "three", strings.Repeat("four", 300), "five", "six"}

// What was acknowledged is there wherever the power fails, on each kind of disk.
func TestLogKeepsWhatIsSafe(t *testing.T) {
	for _, m := range []sim.Model{sim.Strict, sim.Ext4, sim.XFS} {
		t.Run(m.String(), func(t *testing.T) {
			acked := 0
			work := func(_ context.Context, io *await.IO) error { return write(io, &acked) }
			check := func(_ context.Context, io *await.IO) error { return reopen(io, acked) }
			sim.CrashPoints(t, sim.DiskConfig{Model: m}, work, check)
		})
	}
}

// write appends the entries, in two sessions.
func write(io *await.IO, acked *int) error {
	for _, part := range [][]string{entries[:4], entries[4:]} {
		l, _, err := wal.Open(io, "/data/log", options())
		if err != nil {
			return err
		}
		for _, e := range part {
			if err := l.Append([]byte(e)); err != nil {
				return errors.Join(err, l.Close())
			}
			*acked++
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// reopen opens the log that a crash has left, twice, and appends in between: what was torn must not
// be in the way.
func reopen(io *await.IO, acked int) error {
	first, err := read(io, "after")
	if err != nil {
		return err
	}
	if len(first) < acked || len(first) > len(entries) || !slices.Equal(first, entries[:len(first)]) {
		return fmt.Errorf("the log has %d entries, and %d were acknowledged: %.20q", len(first), acked, first)
	}
	second, err := read(io, "later")
	if err == nil && !slices.Equal(second, append(first, "after")) {
		err = fmt.Errorf("after another entry the log has %.20q", second)
	}
	return err
}

// read returns the entries of the log, and appends one.
func read(io *await.IO, more string) (got []string, err error) {
	l, found, err := wal.Open(io, "/data/log", options())
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		got = append(got, string(e))
	}
	return got, errors.Join(l.Append([]byte(more)), l.Close())
}

func TestBugsAreFound(t *testing.T) {
	for bug, test := range map[string]string{noSync: "TestLogKeepsWhatIsSafe", noDirSync: "TestLogKeepsWhatIsSafe"} {
		t.Run(bug, func(t *testing.T) { planted.Find(t, test, bug, "were acknowledged", "not stable was") })
	}
}
