package await

import (
	"errors"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// idleDefault is how long the default IO keeps its proactor when nothing is
// under way: long enough to serve a busy program from one, and short enough for
// a leak detector at the end of a test to find no goroutine.
const idleDefault = 100 * time.Millisecond

var defaultIO = &IO{loops: fdcall.NewLoops(proactor.Config{IdleTimeout: idleDefault}, true)}

// Default returns the IO that the whole process shares. Nobody has to start or close it. Its
// proactors, Config.Loops of them by default, start with their first use. They end when nothing
// has been under way for 100 ms, and start again with the next call. If a proactor other than the
// first cannot start, the first serves in its place.
//
// The error is that of starting the first proactor; see proactor.New. Use ConfigureDefault to
// change the settings.
//
// Inside a testing/synctest bubble, use an IO that was started outside the bubble, without an
// IdleTimeout. A proactor that starts in a bubble has the bubble's clock, which stands still
// while a call waits for the kernel.
func Default() (*IO, error) {
	if _, err := defaultIO.loops.First().Engine(); err != nil {
		return nil, err
	}
	return defaultIO, nil
}

// ErrInUse is the error of ConfigureDefault once the default IO has been used.
var ErrInUse = fdcall.ErrInUse

// ConfigureDefault sets up the IO of Default and of the functions of this package. Call it first
// in main. Once anything has used that IO the error is ErrInUse, because descriptors cannot
// change their IO. An IdleTimeout of zero keeps the 100 ms of Default. With a negative
// IdleTimeout the proactors never end.
//
// ConfigureDefault starts an IO with config for a moment, and returns its error if that fails: a
// backend that cannot run here, a field out of range. In that case it changes nothing.
func ConfigureDefault[C Config | proactor.Config](config C) error {
	c := proactor.Config(config)
	switch {
	case c.IdleTimeout == 0:
		c.IdleTimeout = idleDefault
	case c.IdleTimeout < 0:
		c.IdleTimeout = 0
	}
	if defaultIO.loops.InUse() {
		return ErrInUse
	}
	trial := fdcall.NewLoops(c, false)
	if err := errors.Join(trial.Start(), trial.Close()); err != nil {
		return err
	}
	return defaultIO.loops.Configure(c)
}
