package local

import (
	"context"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/floor"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// nop is calls that do nothing: what a way through the proactor costs. Beside it
// is a system call that does nothing.
func nop(s wire.Spec, io *await.IO) (runner, error) {
	do, err := func(int) error { unix.Getppid(); return nil }, error(nil)
	switch {
	case io != nil:
		do = func(int) error { return io.Nop(context.Background()) }
	case s.Contender == contender.FloorGo:
		runtime.GOMAXPROCS(1) // as Nops asks for
		do, err = floor.Nops(s.Depth)
	}
	return counted(s.Depth, do), err
}
