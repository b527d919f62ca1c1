//go:build unix

package sim

import "github.com/awaitio/awaitio/internal/backend"

// Pause is a SIGSTOP: until Resume, what the host's calls come to is not told, and what it
// submits is not begun. The machine goes on: packets arrive, and timers of the program fire.
// It does nothing to a host that is down, and a crash or kill ends it.
func (h *Host) Pause() {
	h.w.enter()
	defer h.w.leave()
	if h.paused || h.boot.state != bootRuns {
		return
	}
	h.hold()
	h.note(0, "is paused")
}

// Resume ends Pause: what has come meanwhile is told, and what was submitted begins, in the
// order it came.
func (h *Host) Resume() {
	h.w.enter()
	defer h.w.leave()
	if !h.paused {
		return
	}
	h.letGo()
	if h.disk.halted == nil {
		h.note(0, "goes on")
	}
	for _, b := range h.boot.backends {
		b.unpark()
	}
}

// park keeps requests that were taken while the host is paused.
func (b *Backend) park(batch []*backend.Request) {
	for _, r := range batch {
		f := &flight{b: b, req: r, token: r.Token}
		b.register(f)
		b.parked = append(b.parked, f)
	}
}

// unpark begins what was parked, and has it known what came meanwhile.
func (b *Backend) unpark() {
	parked := b.parked
	b.parked = nil
	for i, f := range parked {
		if b.boot.host.paused { // again, by the one before
			b.parked = append(parked[i:len(parked):len(parked)], b.parked...)
			break
		}
		if f.stage == stageDelayed {
			b.w.begin(f)
			b.w.settle()
		}
	}
	b.nudge()
}
