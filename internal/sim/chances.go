//go:build unix

package sim

// A chance is a kind of decision. The numbers are part of every FaultID: new ones go to
// the end.
type chance uint8

const (
	chanceOther       chance = iota // decided outside of this package
	chanceSource                    // a source for others
	chanceObject                    // an object that belongs to another
	chanceDelay                     // how long an operation takes to start
	chanceLate                      // how long its event takes
	chanceShort                     // a transfer that is short
	chancePart                      // and by how much
	chanceTorn                      // a write to a file that stores a part and fails
	chanceStubborn                  // an operation that a cancel does not stop
	chanceLatency                   // how long a packet travels
	chanceSegment                   // how large it is
	chanceLoss                      // a packet that does not arrive
	chanceDuplicate                 // a datagram that arrives twice
	chanceReorder                   // a datagram that is overtaken
	chanceReset                     // a packet at which a connection breaks
	chancePort                      // an ephemeral port
	chanceName                      // how long a name takes to look up
	chanceReadError                 // a read that fails
	chanceWriteError                // a write that fails
	chanceSyncError                 // a sync that fails, and loses what it was to keep
	chanceShortWrite                // a write to a file of which a part is made
	chanceLostWrite                 // a page that the device does not write
	chanceMisdirected               // a page that the device writes elsewhere
	chanceBitFlip                   // a page in which the device changes a bit
	chanceDiskPart                  // how such a fault looks
	chanceDiskTime                  // how long a disk takes
	chanceCrash                     // what a disk keeps when the power fails

	chanceCount
)

var chanceNames = [chanceCount]string{
	"other", "source", "object", "delay", "late", "short", "part", "torn write", "stubborn",
	"latency", "segment", "loss", "duplicate", "reorder", "reset", "port", "name",
	"read error", "write error", "sync error", "short write", "lost write", "misdirected write", "bit flip",
	"disk part", "disk time", "crash",
}

// String is the kind in words.
func (k chance) String() string { return chanceNames[k] }
