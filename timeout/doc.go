// Package timeout has timers that call back on a proactor's loop, and a deadline that can be
// moved while operations are under way. To limit a single operation, see Completion.SetTimeout
// and Completion.SetDeadline of package proactor.
//
// A timeout is a duration, and a deadline is an instant. Functions that take a time.Duration
// count it from the call. Functions that take a time.Time mean that moment, and the zero Time
// means none.
//
// All of them use the proactor's one timer queue, so a timeout costs no system call, no goroutine
// and no allocation. A timer never fires early, and is as late as Go's own timers.
package timeout
