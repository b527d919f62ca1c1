//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A flight is one request while the engine has it.
type flight struct {
	req    *backend.Request
	stage  stage
	done   int // bytes transferred by earlier attempts
	result int // from a worker

	begun      bool // a connect that has been started
	hasty      bool // a connect of a non-blocking socket: a full backlog is its answer
	aside      bool // is to be attempted by an errand
	sent       bool // an errand writes for it
	next, prev *flight
}

// stage is where a flight is.
type stage uint8

const (
	stageNew     stage = iota
	stageLine          // waits for its descriptor
	stageBacklog       // waits for a while
	stageWorker        // with the workers
	stageCloser        // with the closers
)

// board makes the flight of r.
func (e *Engine) board(r *backend.Request) *flight {
	i := int(r.Token.Index())
	if i >= len(e.flights) {
		flights := make([]*flight, max(64, 2*len(e.flights), i+1))
		copy(flights, e.flights)
		e.flights = flights
	}
	f := e.spareFlight()
	f.req = r
	e.flights[i] = f
	e.live++
	return f
}

func (e *Engine) spareFlight() *flight {
	n := len(e.spare)
	if n == 0 {
		return new(flight)
	}
	f := e.spare[n-1]
	e.spare = e.spare[:n-1]
	return f
}

// lookup finds the flight of a token, or nil if its time is past.
func (e *Engine) lookup(token backend.Token) *flight {
	i := int(token.Index())
	if i >= len(e.flights) || e.flights[i] == nil || e.flights[i].req.Token != token {
		return nil
	}
	return e.flights[i]
}

// blocks reports whether r is for the workers: no poller can tell when it would
// not block.
func blocks(r *backend.Request) bool {
	switch r.Op {
	case backend.OpFsync, backend.OpOpenAt, backend.OpStatx, backend.OpWriteSync:
		return true
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return r.Offset >= 0 || isFile(r.FD)
	}
	return false
}

// closesAtOnce reports whether close(2) of fd never blocks: of pipes, and of sockets
// that do not linger. A server may keep that of a file waiting, a device that of a
// terminal, and a disk that of the last name of a large file.
func closesAtOnce(fd int) bool {
	var s unix.Stat_t
	if unix.Fstat(fd, &s) != nil {
		return true
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		return true
	case unix.S_IFSOCK:
		return !lingers(fd)
	}
	return false
}

// isFile reports whether fd is one of the files that always count as ready, and
// that a disk may keep waiting nevertheless.
func isFile(fd int) bool {
	var s unix.Stat_t
	if unix.Fstat(fd, &s) != nil {
		return false
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFBLK, unix.S_IFDIR:
		return true
	}
	return false
}
