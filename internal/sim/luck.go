//go:build unix

package sim

import (
	"strconv"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// luck is what an operation will meet with. It is decided when it is submitted.
type luck struct {
	delay    time.Duration // to the first attempt
	second   time.Duration // to the second half of one that has two
	late     time.Duration // from the end to the event
	part     float64       // the share of a transfer that is made; 1: all
	torn     bool
	stubborn bool
}

// noisy reports whether operations meet with anything at all.
func (o *Options) noisy() bool {
	return o.NetDelay != Span{} || o.FileDelay != Span{} || o.Late != Span{} ||
		o.ShortReads > 0 || o.ShortWrites > 0 || o.TornWrites > 0 || o.Stubborn > 0
}

// luckOf is that of the operation f, by what it is on and how many came before.
func (b *Boot) luckOf(f *flight) luck {
	l := luck{part: 1}
	if onFiles(f.req.Op) {
		l.delay, l.second = b.host.disk.delays(f)
	}
	if !b.w.noisy {
		return l
	}
	o, n := b.subject(f)
	w, opt, op := b.w, &b.w.opt, f.req.Op
	delay := opt.NetDelay
	if onFiles(op) {
		delay = opt.FileDelay
	}
	wait := delay.even().at(w.draw(o, chanceDelay, n))
	l.delay += wait
	l.second += wait
	l.late = opt.Late.even().at(w.draw(o, chanceLate, n))
	l.torn = b.mishap(f, o, chanceTorn, n, opt.TornWrites)
	l.stubborn = b.mishap(f, o, chanceStubborn, n, opt.Stubborn)
	if b.mishap(f, o, chanceShort, n, opt.shortShare(op)) {
		l.part = unit(w.draw(o, chancePart, n))
	}
	return l
}

// mishap decides whether something of a kind befalls an operation, and notes it.
func (b *Boot) mishap(f *flight, o object, k chance, n uint64, share float64) bool {
	id, hit := b.w.strikes(o, k, n, share)
	if hit {
		b.host.note(id, k.String()+": "+f.req.Op.String()+" "+strconv.Itoa(f.req.FD))
	}
	return hit
}

// subject is what f is on, and which operation on that it is: a descriptor's file or,
// where there is none, all operations of the kind.
func (b *Boot) subject(f *flight) (object, uint64) {
	if f.file != nil {
		f.file.calls++
		return f.file.id, f.file.calls
	}
	b.calls[f.req.Op]++
	return b.id.of(chanceObject, uint64(f.req.Op)), b.calls[f.req.Op]
}

// shortShare is the share of operations of a kind that are short.
func (o *Options) shortShare(op backend.Op) float64 {
	switch op {
	case backend.OpRead, backend.OpReadV, backend.OpRecv, backend.OpRecvMsg:
		return o.ShortReads
	case backend.OpWrite, backend.OpWriteV, backend.OpWriteSync, backend.OpSend:
		return o.ShortWrites
	}
	return 0
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
