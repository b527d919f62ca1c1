//go:build unix

package sim

import (
	"context"
	"net/netip"
	"slices"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/sim"
)

// A Program is what a host runs: anew after each restart, on an IO of its own. It is to
// return when ctx ends, which it does for ErrCrashed at a crash or kill, and for
// context.Canceled at Stop. A nil error is the end of the program, and the host is down
// after it. Any other fails the run, unless ctx has ended.
//
// Goroutines that the program starts must end with it, within an hour. Memory outside of it
// stays as it is: what a program must forget in a crash, it has to make itself.
type Program func(ctx context.Context, io *await.IO) error

// ErrCrashed is the cause of the end of a Program's context at a crash or kill.
var ErrCrashed = sim.ErrCrashed

// A Host is a machine of a World, with a name, addresses, a disk and a clock. Its methods may
// be called from any goroutine.
type Host struct {
	w     *World
	in    *sim.Host
	name  string
	run   Program
	clock *Clock
	disk  *Disk

	mu   sync.Mutex
	boot *boot // the present one, or the last
}

// Host adds a host and boots it. If run is nil it runs no program, and is for the calls of the
// test itself. A name that is there already ends the test.
func (w *World) Host(name string, run Program) *Host {
	if w.tb != nil {
		w.tb.Helper()
	}
	in, err := w.in.AddHost(name)
	if err != nil {
		w.fatalf("%v", err)
	}
	return w.add(in, name, run, w.config.Disk)
}

func (w *World) add(in *sim.Host, name string, run Program, c DiskConfig) *Host {
	h := &Host{w: w, in: in, name: name, run: run, disk: &Disk{in: in.Disk()}}
	h.disk.Set(c)
	h.clock = newClock(w, h)
	w.mu.Lock()
	w.hosts = append(w.hosts, h)
	w.mu.Unlock()
	h.start(in.Boot())
	return h
}

// Name is the host's name, which other hosts find it by.
func (h *Host) Name() string { return h.name }

// Addrs are the host's addresses, 10.0.0.n and fd00::n for the nth host.
func (h *Host) Addrs() []netip.Addr { return h.in.Addrs() }

// Boots is how often the host was booted.
func (h *Host) Boots() int { return h.in.Boots() }

// Running reports whether the host is up.
func (h *Host) Running() bool { return h.in.Running() }

// Clock is the host's clock.
func (h *Host) Clock() *Clock { return h.clock }

// IO is the IO of the present boot. After the end of that boot its calls fail with
// net.ErrClosed, also where the host has booted again.
func (h *Host) IO() *await.IO { return h.current().io }

func (h *Host) current() *boot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.boot
}

// Wait waits until the program of the present boot has returned, and returns its error. A
// host without a program has none to wait for.
func (h *Host) Wait() error {
	b := h.current()
	<-b.done
	return b.err
}

// Crash is a power failure. On the wire the host is silent, and peers hear a reset once it
// is up again; of what was not synced, its disk keeps what the Model allows, by chance. The
// program's calls end with net.ErrClosed, its context with ErrCrashed.
func (h *Host) Crash() { h.cutOff((*sim.Host).Crash) }

// Kill is a SIGKILL: the system closes the connections, and files stay as they are. The
// program's calls end as in Crash.
func (h *Host) Kill() { h.cutOff((*sim.Host).Kill) }

// cutOff ends the present boot from outside.
func (h *Host) cutOff(how func(*sim.Host)) {
	b := h.current()
	how(h.in)
	b.end(ErrCrashed)
}

// Stop ends the program's context and waits until the program has returned; then the host is
// down, as after its end by itself. It must not be called by the program.
func (h *Host) Stop() {
	b := h.current()
	b.cancel(context.Canceled)
	<-b.done
	h.in.Exit("is stopped")
	b.end(context.Canceled)
}

// Restart boots a host that is down: its program runs again. It does nothing to a host that
// is up.
func (h *Host) Restart() {
	if !h.in.Running() {
		h.start(h.in.Restart())
	}
}

// Pause stops the host as SIGSTOP does a process: until Resume none of its calls completes or
// begins. The system goes on: packets arrive, and so do timers of package time.
func (h *Host) Pause() { h.in.Pause() }

// Resume ends Pause.
func (h *Host) Resume() { h.in.Resume() }

// namesOf are the names of hosts.
func namesOf(hosts []*Host) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = h.name
	}
	return slices.Clip(names)
}
