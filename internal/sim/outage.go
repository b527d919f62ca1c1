//go:build unix

package sim

import "syscall"

// Crash is a power failure: the boot's calls end with ErrCrashed, and on the wire it is
// silent. Peers hear a reset once the host has booted again, when they next send something
// or probe. A host that is down stays so; the machine of one that was killed goes down.
func (h *Host) Crash() {
	h.w.enter()
	defer h.w.leave()
	if h.boot.state == bootCrashed {
		return
	}
	h.note(0, "crashes")
	h.disk.crash()
	h.cutOff()
	h.end(bootCrashed)
	h.w.watch()
}

// Kill is a SIGKILL: the boot's calls end with ErrCrashed, and the system closes its
// descriptors, so that peers see the end of their connections. A host that is down stays
// as it is.
func (h *Host) Kill() {
	h.w.enter()
	defer h.w.leave()
	if h.boot.state != bootRuns {
		return
	}
	h.note(0, "is killed")
	h.cutOff()
	h.end(bootKilled)
}

// cutOff tells that the present boot, if it runs, is about to end from outside.
func (h *Host) cutOff() {
	if h.boot.state == bootRuns && h.boot.cut != nil {
		h.boot.cut()
	}
}

// Restart boots a host that is down, and returns the new boot; of one that runs, the
// present.
func (h *Host) Restart() *Boot {
	h.w.enter()
	defer h.w.leave()
	if h.boot.state == bootRuns {
		return h.boot
	}
	b := h.start()
	h.note(0, "boots")
	return b
}

// end ends the present boot.
func (h *Host) end(state bootState) {
	h.boot.state = state
	h.letGo()
	for _, e := range h.boot.backends {
		e.die()
	}
	for _, fd := range h.boot.descriptors.open() {
		h.boot.close(fd)
	}
}

// die ends what the backend has under way, whatever holds it.
func (b *Backend) die() {
	b.parked = nil
	for _, f := range b.inOrder() {
		if f.req != nil && f.stage < stageOver {
			b.w.conclude(f, -int(syscall.ECANCELED))
		}
		if f.stage == stageOver {
			b.post(f) // and not late
		}
	}
	b.nudge()
}
