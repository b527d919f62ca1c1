package serve

import (
	"fmt"
	"net"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/echo"
	"github.com/awaitio/awaitio/bench/internal/floor"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// Start starts the server that s names, and tells where it is. It runs until the
// process ends.
func Start(s wire.Spec) (wire.Hello, error) {
	switch s.Contender {
	case contender.Gnet:
		return startGnet(s)
	case contender.Netpoll:
		return startNetpoll(s)
	case contender.Nbio:
		return startNbio(s)
	case contender.Callbacks:
		return startCallbacks(s)
	case contender.Floor:
		return startFloor(s, floor.Echo)
	case contender.FloorGo:
		runtime.GOMAXPROCS(1) // as Goroutines asks for
		return startFloor(s, floor.Goroutines)
	case contender.FloorEpoll:
		return startFloor(s, floor.Epoll)
	}
	l, backend, err := listen(s.Contender, s.Loops)
	if err != nil {
		return wire.Hello{}, err
	}
	return wire.Hello{Addr: l.Addr().String(), Backend: backend}, startOn(l, s)
}

func startFloor(s wire.Spec, serve func(l *os.File, size int) error) (wire.Hello, error) {
	f, addr, err := listenRaw()
	if err != nil {
		return wire.Hello{}, err
	}
	return wire.Hello{Addr: addr}, serve(f, max(s.Size, echo.BufferMin))
}

// listenRaw is a listener as a descriptor, for who accepts by itself, and where it is.
func listenRaw() (f *os.File, addr string, err error) {
	l, err := net.Listen("tcp", loopback)
	if err != nil {
		return nil, "", err
	}
	defer l.Close() // the file has a duplicate
	f, err = l.(*net.TCPListener).File()
	return f, l.Addr().String(), err
}

// loopback is where all servers listen, at a port that the system chooses.
const loopback = "127.0.0.1:0"

// listen is the one line in which package net and ours differ.
func listen(name string, loops int) (net.Listener, string, error) {
	if name == contender.Net || name == contender.NetLoop {
		l, err := net.Listen("tcp", loopback)
		return l, "", err
	}
	io, backend, err := contender.IO(name, loops)
	switch {
	case err != nil:
		return nil, "", err
	case io == nil:
		return nil, "", fmt.Errorf("there is no server of %q", name)
	}
	l, err := io.Listen("tcp", loopback)
	return l, backend, err
}

// hubs are the ways in which hubs send, where not the usual one.
var hubs = map[string]way{contender.NetLoop: loop, contender.Batch: broadcast}

// startOn serves on l, whosoever's it is.
func startOn(l net.Listener, s wire.Spec) error {
	switch s.Work {
	case "echo", "heavy":
		go echo.Serve(l, s.Size)
	case "idle":
		serve := func(c net.Conn) { echo.Conn(c, echo.BufferMin) }
		if s.Contender == contender.Batch {
			serve = newPool().echo
		}
		go echo.Accept(l, serve)
	case "http":
		go serveHTTP(l)
	case "broadcast":
		go newHub(s.Size, hubs[s.Contender]).serve(l)
	default:
		return fmt.Errorf("no server of %s does %q", s.Contender, s.Work)
	}
	return nil
}
