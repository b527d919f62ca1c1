package await

import (
	"context"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// admit counts a call on d of several operations, so that a Shutdown waits for all of them. They must be
// made with the context that it returns. Unless it returns an error, endAdmitted must follow. Without a
// descriptor it does nothing.
func admit(d *fdcall.Descriptor, ctx context.Context) (context.Context, error) {
	if d == nil {
		return ctx, nil
	}
	admitted := fdcall.Admitted(ctx) // first: a context may panic
	if err := d.Loop.Loops.Admit(ctx); err != nil {
		return ctx, err
	}
	return admitted, nil
}

func endAdmitted(d *fdcall.Descriptor) {
	if d != nil {
		d.Loop.Loops.EndAdmitted()
	}
}

// admit is the same for a transfer of size bytes. It counts only transfers that may take several
// operations: long ones, and shorter ones on a pipe, which takes what it has room for.
func (f *File) admit(ctx context.Context, size int) (context.Context, func(), error) {
	if size <= transferAtOnce && f.kind >= sysfile.Positioned || size <= streamAtOnce {
		return ctx, func() {}, nil
	}
	ctx, err := admit(f.d, ctx)
	if err != nil {
		return ctx, nil, err
	}
	return ctx, func() { endAdmitted(f.d) }, nil
}

// How many bytes go at once: to a file, see fdcall.LendAuto; to a stream, PIPE_BUF in pipe(7).
const (
	transferAtOnce = 256 << 10
	streamAtOnce   = 4 << 10
)
