// Package backend is the seam between the proactor and a kernel facility that
// does the I/O: io_uring today, pollers and an in-memory simulator beside it.
//
// # The contract
//
// One goroutine at a time, the loop, calls everything but Wake, Park and Counters. The loop may
// move between threads, and between goroutines when the program drives it.
//
//  1. Submit takes a prefix of a batch of requests and says how many it took.
//     From then until the request's one event has been reaped, the request and
//     all it refers to (buffer, name, message, stat) belong to the backend,
//     which keeps them reachable. The caller neither reads nor writes them.
//  2. A backend with no room takes fewer requests than offered. It drops none,
//     and it is never an error: the loop reaps and offers the rest again. A
//     backend with nothing in flight takes at least one.
//  3. Requests are started in the order they are offered. They complete in any.
//  4. Every request taken gets exactly one event, with its own token. No event
//     carries a token the loop did not give, or one it has given up.
//     A transfer of more than Features.TransferMax bytes may end there, with that
//     count, and a receive with MSG_WAITALL anywhere with the flag Interrupted. Otherwise
//     such a receive is short only for the end of the stream, a failure, a cancel, or
//     what the kernel ends it for, such as descriptors.
//  5. Cancel asks for the request with a token to stop. It reports false, and
//     has done nothing, when there is no room: the loop asks again. What comes
//     of it shows in the target's own event: ECANCELED when it was stopped, its
//     ordinary result when it was too late. A target the backend does not know,
//     because it completed, is ignored. If answer is a token, it gets an event
//     too: 0 (stopped), ENOENT (not there), EALREADY (running; may or may not
//     stop). The two events come in any order.
//     An OpWriteSync that was stopped between its two halves has Unsynced; one
//     that wrote a part has its count, and nothing is synced.
//     Cancel only queues: the next Submit, of an empty batch too, carries it out
//     before that batch.
//  6. ECANCELED reaches the loop only where Cancel was called or the request's
//     own limit ended. EINTR never does, and EAGAIN only where the caller asked
//     not to wait (MSG_DONTWAIT): the backend tries again.
//  7. Reap copies out events that are there, and never blocks.
//  8. Wait blocks the loop's goroutine, not a thread where that can be helped,
//     until an event may be there, the deadline has passed (zero: none), or
//     Wake. It may return early for no reason.
//  9. Wake may be called from any goroutine at any time, after Close too. It is
//     sticky: a Wake that comes before Wait ends that Wait at once.
//  10. Close stops what is still in flight, waits for it, and gives back every
//     descriptor and mapping. Twice is fine. A descriptor that an accept, open
//     or socket still produced is closed. It does not wait for what was left
//     (see Leaver).
//  11. While the loop of a Sharer is in Park, another goroutine may be the loop,
//     from a Submit to an Arm. If Arm reports true, the Park ends for what that
//     goroutine started, and for what is due by the deadline it named.
//  12. An error of Submit, Arm, Park or Wait says that the backend has failed. Then
//     the loop cancels what is in flight, and goes on calling Submit, Reap and
//     Wait until all events have come or one of them returns an error again.
//     From then on it calls only Reap, Unsent (see Unsender) and Close, which
//     does not wait for what cannot be known any more.
//
// Descriptors that a request creates are close-on-exec; sends raise no SIGPIPE.
// Backends do not know the time a request may take, except for Request.Limit
// where Features.LinkedTimeout says so: timers belong to the proactor.
package backend
