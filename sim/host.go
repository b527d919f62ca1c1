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

// A Program is the program of a host. It runs again after each restart, on a new IO. It must
// return when ctx ends. The cause is ErrCrashed at a crash or kill, and context.Canceled at Stop.
// If it returns nil, the program has ended and the host is down. Any other error fails the run,
// unless ctx has ended.
//
// Goroutines that the program starts must end with it, within an hour. Memory outside of the
// program survives a crash, so the program must create state that a crash should erase.
type Program func(ctx context.Context, io *await.IO) error

// ErrCrashed is the cause of a Program's context when its host crashes or is killed.
var ErrCrashed = sim.ErrCrashed

// A Host is a machine of a World, with a name, addresses, a disk and a clock. Several goroutines
// may call its methods at once.
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

// Host adds a host and boots it. If run is nil, it runs no program, and is for the calls of the
// test itself. If the name exists already, the test fails at once.
func (w *World) Host(name string, run Program) *Host {
	if w.tb != nil {
		w.tb.Helper()
	}
	return w.add(w.newHost(name), name, run, w.config.Disk)
}

// newHost is a host of the name in the World, which must not have ended: nothing stops a host then.
func (w *World) newHost(name string) *sim.Host {
	if w.tb != nil {
		w.tb.Helper()
	}
	if w.hasEnded() {
		w.fatalf("host %q is made after the end of its World", name)
	}
	in, err := w.in.AddHost(name)
	if err != nil {
		w.fatalf("%v", err)
	}
	return in
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

// Name returns the host's name, by which other hosts find it.
func (h *Host) Name() string { return h.name }

// Addrs returns the host's addresses: 10.0.0.n and fd00::n for the nth host.
func (h *Host) Addrs() []netip.Addr { return h.in.Addrs() }

// Boots returns how many times the host was booted.
func (h *Host) Boots() int { return h.in.Boots() }

// Running reports whether the host is up.
func (h *Host) Running() bool { return h.in.Running() }

// Clock is the host's clock.
func (h *Host) Clock() *Clock { return h.clock }

// IO returns the IO of the current boot. After that boot has ended, its calls fail with
// net.ErrClosed, even if the host has booted again.
func (h *Host) IO() *await.IO { return h.current().io }

func (h *Host) current() *boot {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.boot
}

// Wait waits until the program of the current boot has returned, and returns its error. A host
// without a program returns at once.
func (h *Host) Wait() error {
	b := h.current()
	<-b.done
	return b.err
}

// Crash is a power failure. The host sends nothing more, and its peers get a reset once it is up
// again. Of the data that was not synced, its disk keeps a random part that the Model allows. The
// program's context ends with ErrCrashed, and then its calls end with net.ErrClosed.
func (h *Host) Crash() { h.cutOff((*sim.Host).Crash) }

// Kill is a SIGKILL: the system closes the connections, and files stay as they are. The program's
// calls and context end as in Crash.
func (h *Host) Kill() { h.cutOff((*sim.Host).Kill) }

// cutOff ends the present boot from outside.
func (h *Host) cutOff(how func(*sim.Host)) {
	b := h.current()
	how(h.in)
	b.end(ErrCrashed)
}

// Stop ends the program's context and waits until the program has returned. Then the host is
// down, as after a program that returned by itself. The program must not call it.
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
	if !h.in.Running() && !h.w.stopping.Load() {
		h.start(h.in.Restart())
	}
}

// Pause stops the host as SIGSTOP stops a process: until Resume none of its calls completes or
// begins. The system continues: packets arrive, and timers fire, those of package time and IO.Sleep.
// A call whose deadline passes meanwhile returns after Resume.
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
