//go:build unix

package sim

// poll waits until one of the events wanted is there.
func (b *Boot) poll(f *flight) (int, bool) {
	switch o := f.file.resource.(type) {
	case *pipeEnd:
		if o.in != nil {
			return f.poll(readiness(o.in, nil), &o.in.waitList)
		}
		return f.poll(readiness(nil, o.out), &o.out.waitList)
	case *socket:
		if o.twin != nil {
			return f.poll(readiness(o.in, o.out)|o.failure(), &o.in.waitList, &o.out.waitList)
		}
		return f.poll(o.readiness()|o.failure(), &o.waitList)
	}
	return f.poll(pollIn | pollOut) // files are always ready
}

func (f *flight) poll(there uint32, lists ...*waitList) (int, bool) {
	if there &= f.req.Flags | pollErr | pollHup; there != 0 {
		return done(int(there))
	}
	return f.wait(lists...)
}

// readiness is what a connection's or pipe's streams are ready for.
func readiness(in, out *stream) (there uint32) {
	if in != nil && (len(in.arrived) > 0 || in.ended || in.deaf) {
		there |= pollIn
	}
	if out != nil && (out.room() > 0 || out.orphan || out.ending) {
		there |= pollOut
	}
	switch {
	case in != nil && in.ended && (out == nil || out.ending):
		there |= pollHup
	case in == nil && out.orphan:
		there |= pollErr
	}
	return there
}

// readiness is that of a socket without streams.
func (s *socket) readiness() uint32 {
	switch {
	case s.listening && len(s.backlog) > 0:
		return pollIn
	case s.listening:
		return 0
	case len(s.queue) > 0 || s.deaf:
		return pollIn | pollOut
	case s.isDatagram():
		return pollOut
	case s.shake != nil:
		return 0
	}
	return pollOut | pollHup // a stream that was never connected
}

func (s *socket) failure() uint32 {
	if s.pending != 0 {
		return pollErr
	}
	return 0
}
