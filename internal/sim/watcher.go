//go:build unix

package sim

import "time"

// A Watcher is told what happens in a World, while that stands still: it must not call it.
type Watcher interface {
	Happened(at time.Duration) // something has that takes time, since the World's beginning
	Traveled()                 // a packet has been sent whose latency chance decides
	Worked()                   // a call has transferred bytes, or has succeeded on a disk
	Noted(e Entry)             // a line of the journal
	Struck(id FaultID)         // a fault of chance
}

// unwatched is the Watcher where there is none.
type unwatched struct{}

func (unwatched) Happened(time.Duration) {}
func (unwatched) Traveled()              {}
func (unwatched) Worked()                {}
func (unwatched) Noted(Entry)            {}
func (unwatched) Struck(FaultID)         {}
