//go:build unix

package sim

// Halt has the host paused after each change of its disk, until Resume; halted is called while
// the World stands still, which it must not call. A nil halted ends that.
func (h *Host) Halt(halted func()) {
	h.w.enter()
	defer h.w.leave()
	h.disk.halted, h.disk.seen = halted, h.disk.fs.Changes()
}

// halt pauses the host if its disk has changed and somebody wants to look at it.
func (d *Disk) halt() {
	if d.halted == nil || d.seen == d.fs.Changes() {
		return
	}
	d.seen = d.fs.Changes()
	if h := d.host; !h.paused && h.boot.state == bootRuns {
		h.hold()
		d.halted()
	}
}

// hold begins a pause, and letGo ends it.
func (h *Host) hold() { h.paused, h.gate = true, make(chan struct{}) }

func (h *Host) letGo() {
	if h.paused {
		h.paused = false
		close(h.gate)
	}
}

// waitResumed keeps a call from returning while the host is paused.
func (b *Boot) waitResumed() {
	b.w.enter()
	var gate chan struct{}
	if b.host.paused && b.host.boot == b {
		gate = b.host.gate
	}
	b.w.leave()
	if gate != nil {
		<-gate
	}
}
