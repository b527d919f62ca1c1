// Package timeout has what programs on a proactor need to know about time:
// timers that call back on the loop, and a deadline that can be moved while
// operations are under way. For one operation's own limit see Completion.SetTimeout and
// Completion.SetDeadline of package proactor.
//
// A timeout is a duration, a deadline an instant. Functions that take a
// time.Duration count it from the call; those that take a time.Time mean that
// moment, and the zero Time means none. No function takes the one for the other.
//
// All of them use the proactor's one timer queue, so a timeout costs no system
// call, no goroutine and no allocation. Time is up never early, and late by as
// much as Go's own timers are.
package timeout
