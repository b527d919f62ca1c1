// Package contender names who is compared.
package contender

import (
	"fmt"
	"strings"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// The contenders. Those of ours begin with "awaitio".
const (
	Net     = "net"           // package net
	NetLoop = "net-loop"      // package net, where one goroutine writes to all
	OS      = "os"            // package os
	Time    = "time"          // package time
	Ring    = "awaitio"       // ours on io_uring
	Epoll   = "awaitio-epoll" // ours on epoll
	Gnet    = "gnet"
	Netpoll = "netpoll"
	Nbio    = "nbio"
	Fio     = "fio"         // a program
	Syscall = "system call" // the bare one
	Floor   = "floor"       // a loop of our own on the bare io_uring, no library

	// FloorGo is the floor with a goroutine for each connection: what a library whose calls block
	// cannot go below, but by using more processors.
	FloorGo = "floor-goroutines"

	// FloorEpoll is the same on epoll, with as many processors as Go has.
	FloorEpoll = "floor-epoll"

	// Batch is ours on io_uring, by the calls that package net has no like of:
	// Broadcast to many connections, AfterReadable without a goroutine.
	Batch = "awaitio-own"

	// Callbacks is ours on io_uring, one loop with callbacks and without goroutines:
	// package proactor.
	Callbacks = "awaitio-proactor"

	// WithTimeout is ours on io_uring, with a timeout for each call.
	WithTimeout = "awaitio-timeout"

	NetOne  = Net + one  // package net, with GOMAXPROCS=1
	RingOne = Ring + one // ours on io_uring, likewise
)

const one = "-1p"

// OnOne reports whether name is a contender with GOMAXPROCS=1, and which it is
// otherwise.
func OnOne(name string) (string, bool) { return strings.CutSuffix(name, one) }

// backends are what ours run on.
var backends = map[string]string{Ring: "io_uring", Epoll: "epoll", WithTimeout: "io_uring", Batch: "io_uring"}

// IO starts ours, on the backend that name stands for, with so many loops or, for 0, as
// many as it has by default. It returns the backend's name. It is nil for the others.
func IO(name string, loops int) (*await.IO, string, error) {
	backend, ours := backends[name]
	if !ours {
		return nil, "", nil
	}
	io, err := await.Start(proactor.Config{Backend: backend, Loops: loops})
	if err != nil {
		return nil, "", fmt.Errorf("%s is not to be had here: %w", name, err)
	}
	return io, io.Backend(), nil
}
