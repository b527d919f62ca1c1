//go:build unix

package sim

import (
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// A Model says which unsynced data a power failure may lose. With every model, a crash keeps a
// prefix of several writes to one sector, and a rename is atomic.
type Model uint8

// The models. All of them lose nothing that was synced.
const (
	// Strict is what POSIX says and no more: a sync of a file covers its bytes, size and
	// attributes, and a name needs a sync of its directory. All else is kept or lost by itself.
	Strict Model = iota

	// Ext4 is ext4 with data=ordered and auto_da_alloc: names, attributes and truncations are
	// kept in order, and any sync of a changed file keeps all names from before the change. An
	// append may be short, never wrong. A rename that replaces a file brings the new one's bytes.
	Ext4

	// XFS keeps names, attributes and truncations in order. A rename brings no bytes: the file
	// may be short or empty.
	XFS

	// Durable loses nothing.
	Durable
)

var models = [...]simdisk.Model{simdisk.Strict, simdisk.Ext4, simdisk.XFS, simdisk.Durable}

// String is the model's name.
func (m Model) String() string {
	if int(m) < len(models) {
		return models[m].String()
	}
	return "unknown model"
}

// A DiskConfig configures a host's disk. The zero DiskConfig is a Strict disk without limits or
// faults, on which nothing takes time.
type DiskConfig struct {
	Model Model // what a power failure may lose

	// Size is the room for contents, in bytes. Default 0, no bound. Names cost nothing.
	Size int64

	// Sector is how many bytes are written whole or not at all. Default 512.
	Sector int

	// How long a read, a write and a sync take. Default no time. Opens, and calls on names,
	// take none.
	Read, Write, Sync Dist

	// Writeback is how long it is until what is unsynced becomes stable by itself. Default: it
	// does not, but from 256 MiB on.
	Writeback Dist

	// Bandwidth is how many bytes a second reads and syncs transfer, all together. Default 0,
	// no bound.
	Bandwidth int

	// The shares, 0 to 1, of calls that a fault befalls.
	ReadErrors  float64 // reads that fail with EIO
	WriteErrors float64 // writes that fail with EIO and change nothing
	SyncErrors  float64 // syncs that fail with EIO; what they were to keep a crash loses, though the next sync succeeds
	ShortWrites float64 // writes of which only a part is made

	// The shares of pages, of 4 KiB, that the device gets wrong when they become stable. Calls
	// see it after a crash alone.
	LostWrites  float64 // pages that stay as they were
	Misdirected float64 // pages that end up elsewhere in the file
	BitFlips    float64 // pages with one bit changed
}

func (c DiskConfig) inner() sim.DiskConfig {
	return sim.DiskConfig{
		Config: simdisk.Config{
			Model: models[c.Model], Size: c.Size, Sector: c.Sector,
			ReadErrors: c.ReadErrors, WriteErrors: c.WriteErrors, SyncErrors: c.SyncErrors, ShortWrites: c.ShortWrites,
			LostWrites: c.LostWrites, Misdirected: c.Misdirected, BitFlips: c.BitFlips,
		},
		Read: c.Read.inner(), Write: c.Write.inner(), Sync: c.Sync.inner(), Writeback: c.Writeback.inner(),
		Bandwidth: c.Bandwidth,
	}
}
