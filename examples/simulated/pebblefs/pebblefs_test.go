package pebblefs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble"
	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/pebblefs"
	"github.com/awaitio/awaitio/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	noWALSync = "log not synced"
	noDirSync = "directory not synced"
)

// A writer puts one key after the other, and looks after each start whether all are there that were
// acknowledged.
type writer struct {
	w     *sim.World
	acked atomic.Int64
}

// puts is how many keys are put, by how many starts it takes.
const puts = 150

func key(i int) []byte { return fmt.Appendf(nil, "%04d", i) }

// value differs from key to key, in length too.
func value(i int) []byte { return bytes.Repeat(key(i), 20+i%150) }

func (w *writer) run(ctx context.Context, io *await.IO) (err error) {
	s := pebblefs.Store{NoWALSync: planted.Is(noWALSync), NoDirSync: planted.Is(noDirSync)}
	db, err := s.Open(ctx, io, "/store")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	acked := int(w.acked.Load())
	for i := range acked {
		if err := check(db, i); err != nil {
			return fmt.Errorf("%d were acknowledged: %w", acked, err)
		}
	}
	for ; acked < puts && ctx.Err() == nil; acked++ {
		if err := db.Put(key(acked), value(acked)); err != nil {
			return err
		}
		if ctx.Err() == nil {
			w.acked.Add(1)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}

func check(db *pebblefs.DB, i int) error {
	got, closer, err := db.Get(key(i))
	if errors.Is(err, pebble.ErrNotFound) {
		return fmt.Errorf("key %d is lost", i)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(got, value(i)) {
		err = fmt.Errorf("key %d has another value", i)
	}
	return errors.Join(err, closer.Close())
}

// models are the disks on which pebble keeps its word. It counts on it that a directory keeps its names
// in order: a Strict disk may have the file that names a new manifest and not the manifest, as
// TestPebbleCountsOnTheOrderOfNames shows. Where directories are not synced a Strict disk tells the most.
func models() []sim.Model {
	if planted.Is(noDirSync) {
		return []sim.Model{sim.Strict}
	}
	return []sim.Model{sim.Ext4, sim.XFS}
}

// What pebble has acknowledged is there after power failures.
func TestStoreKeepsWhatIsSafe(t *testing.T) {
	for _, m := range models() {
		t.Run(m.String(), func(t *testing.T) {
			disk := sim.DiskConfig{Model: m, Sync: sim.Dist{Mean: 2 * time.Millisecond}}
			sim.Run(t, sim.Config{Count: 10, Disk: disk}, func(t *testing.T, w *sim.World) {
				store := &writer{w: w}
				h := w.Host("store", store.run)
				crashes := sim.Crashes()
				crashes.Every = sim.Dist{Min: 100 * time.Millisecond, Max: 2 * time.Second}
				w.Unleash(crashes, sim.Kills(), sim.SlowDisks())
				for store.acked.Load() < puts && !t.Failed() {
					time.Sleep(time.Second)
				}
				w.Heal()
				h.Stop()
				h.Restart() // which looks once more
				if err := h.Wait(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestBugsAreFound(t *testing.T) {
	for bug, model := range map[string]string{noWALSync: "ext4", noDirSync: "strict"} {
		t.Run(bug, func(t *testing.T) {
			planted.Find(t, "TestStoreKeepsWhatIsSafe/^"+model, bug, "is lost", "store loses power", "needed")
		})
	}
}
