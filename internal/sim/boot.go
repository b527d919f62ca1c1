//go:build unix

package sim

import (
	"net"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// A Boot is a host from a start to its end: the system that an IO of the host works with.
// Its descriptors and what its backends have under way end with it.
type Boot struct {
	w      *World
	host   *Host
	number int // from 1
	state  bootState
	id     object

	descriptors descriptors
	ports       ports
	members     []*socket     // of multicast groups
	dir         *simdisk.File // the working directory; nil is the root
	backends    []*Backend
	cut         func() // OnCut

	lookups uint64                  // of names
	made    uint64                  // objects so far
	calls   [backend.OpCount]uint64 // operations on no file
}

type bootState uint8

const (
	bootRuns    bootState = iota
	bootKilled            // the program is gone; the machine is there, and answers
	bootCrashed           // so is the machine, which is silent
)

// ErrCrashed is the error of calls on a boot that has ended. It is net.ErrClosed too.
var ErrCrashed error = crashedError{}

type crashedError struct{}

func (crashedError) Error() string { return "the simulated host crashed" }

func (crashedError) Is(target error) bool { return target == net.ErrClosed }

// start begins a new boot.
func (h *Host) start() *Boot {
	h.boots++
	b := &Boot{w: h.w, host: h, number: h.boots, id: h.id.of(chanceObject, uint64(h.boots))}
	b.descriptors.limit = h.w.opt.Descriptors
	b.ports.init(b)
	h.boot = b
	return b
}

// newObject is an object of the boot that is not there yet.
func (b *Boot) newObject() object {
	b.made++
	return b.id.of(chanceObject, b.made)
}

// Host is whose boot it is.
func (b *Boot) Host() *Host { return b.host }

// Number is which boot of its host it is, from 1.
func (b *Boot) Number() int { return b.number }

// OnCut has f called at a crash or kill, once and before any call of the boot fails for it. The
// World stands still meanwhile: f must not call it.
func (b *Boot) OnCut(f func()) {
	b.w.enter()
	defer b.w.leave()
	b.cut = f
}

// Begin has f called at an instant of its own, once: no two boots begin at one, so that what their
// programs do after the same time does not fall together. f must not wait, or call the World.
func (b *Boot) Begin(f func()) {
	b.w.enter()
	defer b.w.leave()
	b.w.at(b.w.now+1, b.id, f)
}

// Alive reports whether the boot has not ended.
func (b *Boot) Alive() bool {
	b.w.enter()
	defer b.w.leave()
	return b.state == bootRuns
}

// Backend makes a backend of the boot. There may be several, as there may be several
// rings on a machine. After the boot's end its methods fail with ErrCrashed.
func (b *Boot) Backend() (*Backend, error) {
	b.w.enter()
	defer b.w.leave()
	if b.state != bootRuns {
		return nil, ErrCrashed
	}
	return b.newBackend(), nil
}

func (b *Boot) newBackend() *Backend {
	e := &Backend{w: b.w, boot: b, flights: make(map[backend.Token]*flight), nudges: make(chan struct{}, 1)}
	b.backends = append(b.backends, e)
	return e
}

// Descriptors are the open ones, in order.
func (b *Boot) Descriptors() []int {
	b.w.enter()
	defer b.w.leave()
	return b.descriptors.open()
}
