//go:build unix

package sim

import "fmt"

// A decision is a kind of decision about an object: they are counted.
type decision struct {
	kind chance
	on   object
}

// next is the number of the next decision of a kind about o.
func (d *Disk) next(k chance, o object) uint64 {
	c := decision{k, o}
	d.counts[c]++
	return d.counts[c]
}

// draw is the next number of a kind about o.
func (d *Disk) draw(k chance, o object) uint64 { return d.w.draw(o, k, d.next(k, o)) }

// A diskChance decides by the World's seed what befalls a disk: a simdisk.Chance.
type diskChance struct{ d *Disk }

var diskFaults = map[string]chance{
	"read error":        chanceReadError,
	"write error":       chanceWriteError,
	"sync error":        chanceSyncError,
	"short write":       chanceShortWrite,
	"lost write":        chanceLostWrite,
	"misdirected write": chanceMisdirected,
	"bit flip":          chanceBitFlip,
}

// Hits is that of simdisk.Chance.
func (c diskChance) Hits(fault string, ino uint64, rate float64) bool {
	d, k := c.d, diskFaults[fault]
	o := d.id.of(chanceObject, ino)
	id, hit := d.w.strikes(o, k, d.next(k, o), rate)
	if hit {
		d.host.note(id, fmt.Sprintf("%s, file %d", fault, ino))
	}
	return hit
}

// Draw is that of simdisk.Chance.
func (c diskChance) Draw(_ string, ino uint64, n int64) int64 {
	return int64(c.d.draw(chanceDiskPart, c.d.id.of(chanceObject, ino)) % uint64(n))
}
