package fdcall

import "context"

// An ApartCall is a call on a file that is made apart from the loops: by a goroutine of its own.
type ApartCall struct {
	Ctx   context.Context
	Dir   Direction
	Op    string
	Size  int
	Off   int64 // negative: none
	Call  func(fd int) (int, error)
	Late  func(n int, err error) // nil, or called with the result if the caller has left
	Ended func(err error)        // nil, or called once: when the call has ended, or could not begin
	Batch Batch                  // as in a Transfer
}

// MayHang reports whether d is on a mount that may hang. No ring and no worker gets a call on it:
// io_uring would make it within its submission, or give it to one of a few threads that all files
// share.
func (d *Descriptor) MayHang() bool { return d.Lane != nil }

// MayLeave reports whether the caller of a call that lends no memory may leave it. A simulated call
// takes no time, so nobody leaves it.
func (d *Descriptor) MayLeave(ctx context.Context, dir Direction) bool {
	return d.MayHang() || d.endable(ctx, dir) && !d.Loop.Loops.Simulated
}

// Apart makes c on a goroutine of its own. It waits for a slot first: of the mount's lane if the mount
// may hang, else of the device. If the caller leaves the call, left is true and err is a *LeftError.
func (d *Descriptor) Apart(c ApartCall) (n int, left bool, err error) {
	if d.MayHang() {
		return d.onLane(c)
	}
	made := newThreadCall(d.Loop.Loops)
	made.call = c
	if err = d.mayBegin(c.Ctx, c.Dir); err == nil {
		err = made.start(d)
	}
	if err != nil {
		made.recycle()
		c.end(err)
		return 0, false, err
	}
	if left, err = made.wait(c.Ctx); left {
		return 0, true, err
	}
	n = made.n
	made.recycle()
	return n, false, err
}

// end tells the owner of c that the call has ended.
func (c *ApartCall) end(err error) {
	if c.Ended != nil {
		c.Ended(err)
	}
}
