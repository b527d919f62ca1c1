package pebblefs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/simulated/internal/planted"
	"github.com/awaitio/awaitio/examples/simulated/pebblefs"
	"github.com/awaitio/awaitio/sim"
)

// anyOrder is no bug of the program: it is a disk that keeps the names of a directory in any order.
const anyOrder = "names in any order"

// What pebble has acknowledged is there wherever the power fails, on disks that keep names in order.
func TestStoreOpensWhereverThePowerFails(t *testing.T) {
	models := []sim.Model{sim.Ext4, sim.XFS}
	if planted.Is(anyOrder) {
		models = []sim.Model{sim.Strict}
	}
	for _, m := range models {
		t.Run(m.String(), func(t *testing.T) {
			acked := 0
			work := func(ctx context.Context, io *await.IO) error { return putSome(ctx, io, &acked) }
			check := func(ctx context.Context, io *await.IO) error { return openAndCheck(ctx, io, acked) }
			sim.CrashPoints(t, sim.DiskConfig{Model: m}, work, check)
		})
	}
}

// putSome opens the store twice, with a key each time.
func putSome(ctx context.Context, io *await.IO, acked *int) error {
	for range 2 {
		db, err := pebblefs.Store{}.Open(ctx, io, "/store")
		if err != nil {
			return err
		}
		err = db.Put(key(*acked), value(*acked))
		if err = errors.Join(err, db.Close()); err != nil {
			return err
		}
		*acked++
	}
	return nil
}

func openAndCheck(ctx context.Context, io *await.IO, acked int) error {
	db, err := pebblefs.Store{}.Open(ctx, io, "/store")
	if err != nil {
		return err
	}
	for i := range acked {
		if err := check(db, i); err != nil {
			return errors.Join(fmt.Errorf("%d were acknowledged: %w", acked, err), db.Close())
		}
	}
	return db.Close()
}

// The report of a Strict disk says which name is lost: the file CURRENT names a manifest that is not there.
func TestPebbleCountsOnTheOrderOfNames(t *testing.T) {
	planted.Find(t, "TestStoreOpensWhereverThePowerFails/strict", anyOrder,
		"could not open manifest file", "/store/MANIFEST-000001: create", "rename to /store/CURRENT", "/store/MANIFEST-000001: is not there")
}
