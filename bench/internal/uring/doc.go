// Package uring is the bare io_uring, of one thread and with nothing around it: for
// the floor and for the load generator, which are to cost as little as can be. The
// library has its own.
package uring
