package local

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// nop is calls that do nothing: what a way through the proactor costs. Beside it
// is a system call that does nothing.
func nop(s wire.Spec, io *await.IO) (runner, error) {
	do := func(int) error { unix.Getppid(); return nil }
	if io != nil {
		do = func(int) error { return io.Nop(context.Background()) }
	}
	return counted(s.Depth, do), nil
}
