//go:build unix

package sim

// A pipeEnd is one end of a pipe; the other direction is nil.
type pipeEnd struct{ in, out *stream }

// Pipe makes a pipe, and returns the descriptors of its two ends.
func (w *World) Pipe() (r, wr int) {
	w.enter()
	defer w.leave()
	b := w.here()
	s := w.newStream(b.newObject())
	return b.install(&pipeEnd{in: s}), b.install(&pipeEnd{out: s})
}

func (p *pipeEnd) release(w *World) {
	if p.in != nil {
		w.abandon(p.in)
	} else {
		w.end(p.out)
	}
}
