//go:build unix

package sim

// Exit is the end of a host's program by itself, as why tells in words: the system closes its
// descriptors, as after a Kill. A host that is down stays as it is.
func (h *Host) Exit(why string) {
	h.w.enter()
	defer h.w.leave()
	if h.boot.state != bootRuns {
		return
	}
	h.note(0, why)
	h.end(bootKilled)
}
