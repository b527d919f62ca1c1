package await

import (
	"errors"
	"fmt"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
	"github.com/awaitio/awaitio/proactor"
)

func init() { hook.StartOn = startOn }

// startOn is hook.StartOn.
func startOn(config any, open hook.Opener, on system.System) (any, error) {
	loops := fdcall.NewLoopsOn(config.(proactor.Config), false, open, on)
	if err := loops.Start(); err != nil {
		return nil, err
	}
	return &IO{loops: loops}, nil
}

// systemOf is the system of io, or of Default's if nil.
func systemOf(io *IO) system.System {
	if io == nil {
		io = defaultIO
	}
	return io.loops.System
}

// errSimulated is why a descriptor of a simulated host can be none of this process's files or
// sockets, nor the other way round.
var errSimulated = fmt.Errorf("the host is simulated, and the kernel does not know its descriptors: %w", errors.ErrUnsupported)

// logFile tells go test that the program looks at the file name, as package os does: it is not
// to take results from its cache where that has changed. The file of a simulated host is part
// of the program.
func (io *IO) logFile(name string) {
	if !io.loops.Simulated {
		sysfile.LogFile(name)
	}
}
