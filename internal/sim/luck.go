//go:build unix

package sim

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// luck is what an operation will meet with. All of it is drawn when it is
// submitted, and always the same number of draws.
type luck struct {
	delay    time.Duration // to the first attempt
	late     time.Duration // from the end to the event
	part     float64       // the share of a transfer that is made; 1: all
	torn     bool
	lost     bool          // a datagram that does not arrive
	wire     time.Duration // how long a datagram travels
	stubborn bool
}

func (w *World) draw(op backend.Op) luck {
	net, file := w.opt.NetDelay.draw(w.rand), w.opt.FileDelay.draw(w.rand)
	l := luck{delay: net, late: w.opt.Late.draw(w.rand), part: 1}
	if onFiles(op) {
		l.delay = file
	}
	shorten, part := w.rand.Float64(), w.rand.Float64()
	l.torn = w.rand.Float64() < w.opt.TornWrites
	l.lost, l.wire = w.rand.Float64() < w.opt.Loss, w.opt.WireDelay.draw(w.rand)
	l.stubborn = w.rand.Float64() < w.opt.Stubborn
	switch op {
	case backend.OpRead, backend.OpReadV, backend.OpRecv, backend.OpRecvMsg:
		if shorten < w.opt.ShortReads {
			l.part = part
		}
	case backend.OpWrite, backend.OpWriteV, backend.OpWriteSync, backend.OpSend:
		if shorten < w.opt.ShortWrites {
			l.part = part
		}
	}
	return l
}

func onFiles(op backend.Op) bool {
	switch op {
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV, backend.OpWriteSync,
		backend.OpFsync, backend.OpOpenAt, backend.OpStatx:
		return true
	}
	return false
}

// shortened is how much of n bytes is transferred: some, if there are any.
func (l luck) shortened(n int) int {
	if l.part >= 1 || n <= 1 {
		return n
	}
	return max(1, int(l.part*float64(n)))
}
