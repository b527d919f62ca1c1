package await

import (
	"context"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// accept counts a call on d of several operations, which a Shutdown that begins meanwhile waits for. They are
// made with the context that it returns. endAccepted is to follow, unless there is an error. Of no
// descriptor nothing is counted.
func accept(d *fdcall.Descriptor, ctx context.Context) (context.Context, error) {
	if d == nil {
		return ctx, nil
	}
	if err := d.Loop.Loops.Accept(ctx); err != nil {
		return ctx, err
	}
	return fdcall.Accepted(ctx), nil
}

func endAccepted(d *fdcall.Descriptor) {
	if d != nil {
		d.Loop.Loops.EndAccepted()
	}
}

// accept is the same for a transfer of so many bytes. What goes to the kernel at once is no call of several
// operations, but for pipes and the like, which take what they have room for.
func (f *File) accept(ctx context.Context, size int) (context.Context, func(), error) {
	if size <= transferAtOnce && f.kind >= sysfile.Positioned || size <= streamAtOnce {
		return ctx, func() {}, nil
	}
	ctx, err := accept(f.d, ctx)
	if err != nil {
		return ctx, nil, err
	}
	return ctx, func() { endAccepted(f.d) }, nil
}

// What a file takes at once: see fdcall.LendAuto for the one, PIPE_BUF in pipe(7) for the other.
const (
	transferAtOnce = 256 << 10
	streamAtOnce   = 4 << 10
)
