package pages_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/pages"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	noMetaSync = "meta page not synced"
	noDataSync = "value not synced before the meta page"
)

// values are committed one after the other.
var values = []string{"one", strings.Repeat("two", 150), "three", "four", strings.Repeat("five", 100)}

func open(io *await.IO) (p *pages.File, value string, err error) {
	o := pages.Options{NoMetaSync: planted.Is(noMetaSync), NoDataSync: planted.Is(noDataSync)}
	p, b, err := pages.Open(io, "/store", o)
	return p, string(b), err
}

// The file has the value of the last commit, or of the one under way, wherever the power fails.
func TestFileKeepsWhatIsSafe(t *testing.T) {
	for _, m := range []sim.Model{sim.Strict, sim.Ext4, sim.XFS} {
		t.Run(m.String(), func(t *testing.T) {
			acked := 0
			work := func(_ context.Context, io *await.IO) error { return commitAll(io, &acked) }
			check := func(_ context.Context, io *await.IO) error { return reopen(io, acked) }
			sim.CrashPoints(t, sim.DiskConfig{Model: m}, work, check)
		})
	}
}

func commitAll(io *await.IO, acked *int) error {
	p, _, err := open(io)
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := p.Commit([]byte(v)); err != nil {
			return errors.Join(err, p.Close())
		}
		*acked++
	}
	return p.Close()
}

// reopen opens the file that a crash has left, and goes on with it.
func reopen(io *await.IO, acked int) error {
	p, value, err := open(io)
	if err != nil {
		return fmt.Errorf("%d values were acknowledged: %w", acked, err)
	}
	allowed := append([]string{""}, values...)[acked:]
	if value != allowed[0] && (len(allowed) == 1 || value != allowed[1]) {
		return errors.Join(fmt.Errorf("%d values were acknowledged, and %.20q is there", acked, value), p.Close())
	}
	if err := errors.Join(p.Commit([]byte("after")), p.Close()); err != nil {
		return err
	}
	p, value, err = open(io)
	if err != nil {
		return fmt.Errorf("after another commit: %w", err)
	}
	if value != "after" {
		err = fmt.Errorf("after another commit %.20q is there", value)
	}
	return errors.Join(err, p.Close())
}

func TestBugsAreFound(t *testing.T) {
	for _, bug := range []string{noMetaSync, noDataSync} {
		t.Run(bug, func(t *testing.T) {
			planted.Find(t, "TestFileKeepsWhatIsSafe", bug, "were acknowledged", "crash point")
		})
	}
}
