// Package kq tells when descriptors become ready, with kqueue(2): the poller of
// macOS and of DragonFly BSD, FreeBSD, NetBSD and OpenBSD.
//
// One source serves them all, because the poller keeps to what they have in
// common: EVFILT_READ and EVFILT_WRITE as EV_ONESHOT notes, or EV_CLEAR for a
// connection, EV_DELETE, and one note to wake it. It leaves alone EV_DISPATCH,
// EV_RECEIPT, EVFILT_TIMER, NOTE_LOWAT and udata, which are missing somewhere or
// differ.
//
// With the build tag kqueue the package runs on Linux as well, over an emulation
// of kqueue(2); with kqpipe too, it wakes by a pipe as on NetBSD and OpenBSD.
// That is how it is tested where there is no such system: it proves the poller's
// logic against the documented behaviour, not against a kernel's bugs. Where the
// systems differ the emulation does what is hardest on its user.
//
// On any other system the package is empty.
package kq
