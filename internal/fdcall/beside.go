package fdcall

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// A ring makes all calls that begin at the same time with one system call. While operations complete one
// at a time there is nothing to share. Then the caller on a TCP connection makes send(2) itself, beside the ring, and recv(2)
// where the last receive has filled its buffer, so that there is likely more: docs/decisions/beside.md.

// A beside is what a descriptor knows of transfers beside a ring: the marks below, and what was transferred since
// the last call by the ring. It is one word, as an idle connection has it too.
type beside struct{ word atomic.Uint32 }

const (
	besideMay    uint32 = 1 << 31 // it is a TCP connection on a ring
	besideMore   uint32 = 1 << 30 // the last receive has filled its buffer
	besideStreak uint32 = 1<<30 - 1
)

// besideMax is how many transfers of up to besideUnit bytes go beside the ring one after the other. Then one goes by the
// ring: it runs the loop, for the other connections too, or parks, and lets other goroutines run. It is about
// what a loop does without giving up the CPU.
const (
	besideMax  = 32
	besideUnit = 4 << 10
)

// goesBeside reports whether a transfer of size bytes may go beside the ring.
func (d *Descriptor) goesBeside(size int) bool {
	if d.beside.word.Load()&besideMay == 0 || hook.InBubble() || d.Loop.Loops.batches() || d.Loop.isClosed() {
		return false
	}
	return d.beside.continues(size)
}

// continues adds a transfer to the streak, or reports false if it is the ring's turn.
func (b *beside) continues(size int) bool {
	units := uint32(1 + min(size, besideMax*besideUnit)/besideUnit)
	if b.word.Add(units)&besideStreak <= besideMax {
		return true
	}
	b.word.And(^besideStreak)
	return false
}

// batches reports whether a loop completes operations several at a time.
func (s *Loops) batches() bool { return slices.ContainsFunc(s.all, (*Loop).batches) }

// sendBeside sends what there is room for. The rest is the ring's: with errByRequest, and if something was sent, the call
// is admitted.
func (d *Descriptor) sendBeside(ctx context.Context, p []byte) (sent int, err error) {
	counts := d.beginBeside(Writing)
	defer counts.end()
	if err := d.enterBeside(ctx, Writing); err != nil {
		return 0, err
	}
	defer d.release()
	sent, err = d.sendNow(p)
	if err == errByRequest {
		if sent > 0 {
			counts.bytes.Add(uint64(sent))
			d.goesOn(err)
		}
		return sent, err
	}
	counts.count(sent)
	d.Loop.directs.failed(Writing, err)
	return sent, err
}

// receiveBeside receives what is there. With errByRequest that is nothing.
func (d *Descriptor) receiveBeside(ctx context.Context, p []byte) (n int, err error) {
	counts := d.beginBeside(Reading)
	defer counts.end()
	if err := d.enterBeside(ctx, Reading); err != nil {
		return 0, err
	}
	defer d.release()
	n, err = d.receiveNow(p[:min(len(p), directMax)])
	if err == socket.ErrWouldBlock {
		return 0, errByRequest
	}
	if err == nil {
		race.Acquire()
		race.Write(p[:n])
	}
	counts.count(n)
	d.Loop.directs.failed(Reading, err)
	return n, err
}

// enterBeside keeps d from being closed until release, unless there is an error. The context is asked
// first: it may panic.
func (d *Descriptor) enterBeside(ctx context.Context, dir Direction) error {
	if err := d.mayTransfer(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return EndOf(ctx)
	}
	if !d.enter() {
		return ErrDescriptorClosed
	}
	err := d.obstacleOn(dir)
	if err != nil {
		d.release()
	}
	return err
}

// noteReceived notes what a receive of size bytes got.
func (b *beside) noteReceived(n, size int) {
	switch w := b.word.Load(); {
	case n < size && w&besideMore != 0:
		b.word.And(^besideMore)
	case n == size && w&(besideMay|besideMore) == besideMay:
		b.word.Or(besideMore)
	}
}

// hasMore reports whether the last receive has filled its buffer.
func (b *beside) hasMore() bool { return b.word.Load()&besideMore != 0 }

// besideCounts count the transfers beside a ring of one direction. Each loop has its own, for callers that run
// with it.
type besideCounts struct {
	underWay atomic.Int64
	ended    atomic.Uint64
	bytes    atomic.Uint64
	_        [40]byte
}

// beginBeside counts a transfer as one under way. It comes before the look whether a Shutdown has begun, which
// looks at these counts after it has.
func (d *Descriptor) beginBeside(dir Direction) *besideCounts {
	counts := &d.Loop.Loops.near(d.Loop).directs.beside[dir]
	counts.underWay.Add(1)
	return counts
}

func (c *besideCounts) end() { c.underWay.Add(-1) }

// count counts a transfer that was made.
func (c *besideCounts) count(bytes int) {
	c.ended.Add(1)
	c.bytes.Add(uint64(bytes))
}

func (c *besideCounts) addTo(k *proactor.KindStats) {
	ended := c.ended.Load()
	k.Begun += ended
	k.Ended += ended
	k.Bytes += c.bytes.Load()
}
