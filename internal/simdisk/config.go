package simdisk

// A Model is what a crash may lose.
type Model uint8

// The models. The package comment compares them.
const (
	Strict  Model = iota // POSIX and no more
	Ext4                 // ext4 with data=ordered and auto_da_alloc
	XFS                  // XFS
	Durable              // nothing is lost
)

// String is the model's name.
func (m Model) String() string {
	switch m {
	case Strict:
		return "strict"
	case Ext4:
		return "ext4"
	case XFS:
		return "xfs"
	case Durable:
		return "durable"
	}
	return "unknown model"
}

// journaled reports whether names and attributes are kept in order.
func (m Model) journaled() bool { return m == Ext4 || m == XFS }

// A Config is what a Disk is like. The zero Config is a strict disk without bounds and faults.
type Config struct {
	Model Model

	// Size is the room for contents, in bytes. Default 0, no bound. Names cost nothing.
	Size int64

	// Sector is how many bytes are written whole or not at all. Default 512.
	Sector int

	// Unsynced is how many bytes may be unsynced before the oldest effects become stable by
	// themselves. Default 256 MiB.
	Unsynced int64

	// The shares, 0 to 1, of calls that a fault befalls. Chance decides.
	ReadErrors  float64 // reads that fail with EIO
	WriteErrors float64 // writes that fail with EIO and change nothing
	SyncErrors  float64 // syncs that fail with EIO: what they were to keep is lost in a crash
	ShortWrites float64 // writes of which only a part is made

	// The shares of pages that the device gets wrong when they become stable. Calls see it
	// after a crash alone.
	LostWrites  float64 // pages that stay as they were
	Misdirected float64 // pages that end up elsewhere in the file
	BitFlips    float64 // pages with a bit changed
}

const (
	sectorDefault   = 512
	unsyncedDefault = 256 << 20
)

func (c Config) withDefaults() Config {
	if c.Sector <= 0 {
		c.Sector = sectorDefault
	}
	if c.Unsynced <= 0 {
		c.Unsynced = unsyncedDefault
	}
	return c
}

// A Chance decides what befalls a Disk.
type Chance interface {
	// Hits reports whether a fault befalls what is done to the file ino now; rate is the configured
	// share, and is above 0.
	Hits(fault string, ino uint64, rate float64) bool

	// Draw is a number from 0 to below n, which tells how a fault that hit looks.
	Draw(fault string, ino uint64, n int64) int64
}
