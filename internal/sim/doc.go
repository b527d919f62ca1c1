// Package sim is a machine in memory: a backend whose sockets, pipes and files
// are simulated, and faults for any backend.
//
// A World is the machine. Its Backend serves the seam's whole contract with the
// errnos of a real kernel; the World's other methods are the rest of the world:
// the peers that write, read and vanish, the disk that fills up, and the
// questions a test asks at the end.
//
//	w := sim.New(seed, sim.Options{WireDelay: sim.Span{Max: time.Second}})
//	fd, peer := w.Conn()
//	b := w.Backend()
//
// # Time
//
// Everything that takes time is in the World's agenda, which is worked off by
// any goroutine that calls the World or waits in its Backend. Time comes from package time
// alone, so that in a bubble of testing/synctest an hour passes in an instant, and
// things happen at exactly their time. A contended mutex that is held meanwhile stops
// that clock: docs/decisions/simbubble.md.
//
// # Chance
//
// All chance comes from the seed. What an operation meets with is drawn when it
// is submitted, and the fate of each stream's bytes from a source of the stream's
// own, so that a seed replays whatever else goes on. In a bubble with one
// goroutine a run is the same down to the instant.
//
// # Faults
//
// Inject wraps a backend, this one or a real one, and lets a chosen share of
// operations go wrong. What the contract allows is allowed: short counts, errnos,
// late and reordered events, cancels that lose their race, full queues. What it
// forbids, such as EINTR, needs Plan.BreakContract.
package sim
