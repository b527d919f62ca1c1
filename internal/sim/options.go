//go:build unix

package sim

import (
	"math/rand/v2"
	"time"
)

// Options are what the World is like. The zero Options are a perfect one:
// everything that can complete does so at once and whole.
type Options struct {
	// Entries is how many requests, and how many cancels, the backend takes
	// with one Submit. Default 256.
	Entries int

	// LinkedTimeouts has the backend serve Request.Limit.
	LinkedTimeouts bool

	NetDelay  Span // from the submission of a socket operation to its first attempt
	FileDelay Span // the same for files
	Late      Span // from an operation's end to its event
	WireDelay Span // how long a segment or datagram travels

	// Segment is the size of the pieces a stream's bytes travel in. Default
	// as they were sent.
	Segment Sizes

	// StreamBuffer is how many bytes of a stream are under way or unread before
	// its sender has to wait. Default 64 KiB.
	StreamBuffer int

	// The shares, 0 to 1, of operations and datagrams that this happens to.
	ShortReads  float64 // receives and reads that get less than there is
	ShortWrites float64 // sends and writes that take less than they could
	TornWrites  float64 // writes to files that store a part and fail with EIO
	Stubborn    float64 // operations that a cancel does not stop once they were taken
	Loss        float64 // datagrams that do not arrive

	// Link is what packets between hosts meet with, where no Link is set otherwise.
	Link LinkConfig

	// Skip are faults that do not happen, although chance has it that they do; Without are
	// kinds of fault that do not, a set of 1<<the kind.
	Skip    map[FaultID]struct{}
	Without uint32

	// LeastLatency has each packet travel as briefly as its link allows.
	LeastLatency bool

	// Keep are the FaultIDs of the only faults that happen, if it is not nil. They are in order.
	Keep []uint64

	// Lends has backends keep copies of the buffers that are lent to them, and see that nobody
	// touches those: for tests of proactors. It is on for the default host.
	Lends bool

	// DiskBytes is the room for files' contents. Default 0, no bound.
	DiskBytes int

	// Descriptors is how many can be open. Default 1<<16.
	Descriptors int

	// Watch is told what happens. Default nobody.
	Watch Watcher

	// Trace is told what happens, a line each. It must not call the World.
	Trace func(line string)
}

const (
	entriesDefault      = 256
	streamBufferDefault = 64 << 10
	descriptorsDefault  = 1 << 16
)

func (o Options) withDefaults() Options {
	if o.Entries <= 0 {
		o.Entries = entriesDefault
	}
	if o.StreamBuffer <= 0 {
		o.StreamBuffer = streamBufferDefault
	}
	if o.Descriptors <= 0 {
		o.Descriptors = descriptorsDefault
	}
	if o.Watch == nil {
		o.Watch = unwatched{}
	}
	return o
}

// A Span is a range of durations, both ends included.
type Span struct{ Min, Max time.Duration }

func (s Span) draw(r *rand.Rand) time.Duration { return s.even().at(r.Uint64()) }

// Sizes is a range of sizes in bytes, both ends included.
type Sizes struct{ Min, Max int }

// at is a size for a drawn number: at least 1 and at most limit.
func (s Sizes) at(u uint64, limit int) int {
	if s.Max <= 0 {
		return limit
	}
	n := max(1, s.Min)
	if s.Max > n {
		n += int(u % uint64(s.Max-n+1))
	}
	return min(n, limit)
}
