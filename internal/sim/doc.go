// Package sim is machines in memory, the network between them and their disks: a backend and a
// system.System for each, and faults for any backend.
//
// A World has Hosts. A Host has a name, addresses, a disk and, from one start to the next, a Boot:
// descriptors, ports, and backends that serve the seam's whole contract with the errnos of a
// real kernel. For tests of a proactor there is a host by itself, on which the World's own
// methods act; they are the rest of the world too: the peers that write, read and vanish, the
// disk that fills up, and the questions a test asks at the end.
//
//	w := sim.New(seed, sim.Options{WireDelay: sim.Span{Max: time.Second}})
//	fd, peer := w.Conn()
//	b := w.Backend()
//
// # Time
//
// What can be done at once is. All else is in the World's agenda, with an instant of its own: no
// two things that happen by themselves have the same, so that each finds the program at rest.
// One timer, the driver, is set to the first of them; what is due happens under the World's
// lock, and wakes only the loops that it concerns. Time comes from package time alone, so that in
// a bubble of testing/synctest an hour passes in an instant, and things happen at exactly their
// time. A contended mutex that is held meanwhile stops that clock: docs/decisions/simbubble.md.
//
// # Chance
//
// Chance is a hash of the seed, the kind of decision, what it is about (a host, a connection, a
// file) and how many such decisions came before. So what one goroutine does moves nothing of
// another's, and a fault can be taken out by its FaultID (Options.Skip) without moving any
// other. The journal tells each fault with its number. With one goroutine for each host, hosts
// that start apart, a run is the same down to the instant.
//
// # Network
//
// Links have what LinkConfig says; within a host nothing takes time or is lost. TCP is simulated
// by what programs see of it, with the constants of Linux: a connect is a round trip, asks again
// after 1 s, 3 s, 7 s ..., and gives up after 127 s; a lost segment is sent again after 200 ms, and
// twice that each time more; a connection that nothing comes back on ends after 15 minutes; a
// probe of SO_KEEPALIVE finds out about a silent host. Windows are finite, there is a reset where
// there is no socket, and an end is not a reset. There is no congestion control, no TIME_WAIT, no
// path MTU; and packets are whole writes up to 16 KiB. The path of a unix socket is a node on
// the host's disk, which outlives the socket, as unix(7) has it.
//
// # Faults
//
// Inject wraps a backend, this one or a real one, and lets a chosen share of
// operations go wrong. What the contract allows is allowed: short counts, errnos,
// late and reordered events, cancels that lose their race, full queues. What it
// forbids, such as EINTR, needs Plan.BreakContract.
package sim
