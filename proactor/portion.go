package proactor

// portionMax is a round's portion while Run drives, and lets those it has woken run
// after each. Few enough that they find their records in the processor's cache, and
// fit into one run queue of Go's, which holds 256 goroutines: those beyond wait, on
// one processor, until all that the loop wakes in the meantime had their turn. Many
// enough that what comes once for each entry into the kernel does not count.
const portionMax = 64

// share is how many results this round takes at most.
func (p *Proactor) share() int {
	if p.portion == portionMax && 2*p.inFlight.files > p.inFlight.size && p.disk.slow() {
		return p.disk.share()
	}
	return p.portion
}

// A disk that has served all there was has nothing to do until it gets the next
// requests. After a wait, when that is likely, a round takes few results, and each
// next one twice as many: the disk works on the first requests while we look at the
// other results. Sockets gain nothing by it.
type disk struct {
	waited float64 // how many of the last transfers of files had to wait: none is 0, all is 1
	rounds uint    // with results, since the loop has waited
}

const (
	diskTransfers = 64 // waited is over about so many
	diskFirst     = 8  // results of the first round
)

// saw takes in whether a transfer had to wait. Those that the page cache serves need
// not, on io_uring, and no disk waits for us. Elsewhere a worker makes all of them.
func (d *disk) saw(waited bool) {
	x := 0.0
	if waited {
		x = 1
	}
	d.waited += (x - d.waited) / diskTransfers
}

// slow reports whether most transfers had to wait.
func (d *disk) slow() bool { return d.waited > 1./2 }

// share is how many results the next round takes.
func (d *disk) share() int { return min(diskFirst<<min(d.rounds, 8), portionMax) }

// serve notes a round with results.
func (d *disk) serve() { d.rounds++ }

// rest notes that the loop has waited.
func (d *disk) rest() { d.rounds = 0 }
