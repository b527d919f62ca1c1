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

// Default returns the IO that the whole process shares. Its proactors, of which there
// are as many as Config.Loops is by default, start with the first use, end by
// themselves when nothing has been under way for a while (100 ms), and start again
// with the next: nobody has to close it. Where another than the first cannot start,
// the first serves in its place. The error is that of starting the first; see
// proactor.New. ConfigureDefault sets it up otherwise.
//
// Inside a testing/synctest bubble, use an IO that was started outside it, without an
// IdleTimeout: a proactor that starts in a bubble has the bubble's clock, which stands still
// while the kernel is waited for.
func Default() (*IO, error) {
	if _, err := defaultIO.loops.First().Engine(); err != nil {
		return nil, err
	}
	return defaultIO, nil
}

// ErrInUse refuses to configure the default IO once it has been used.
var ErrInUse = fdcall.ErrInUse

// ConfigureDefault sets up the IO of Default and of the functions of this package. Call it
// first thing in main: once anything has used that IO the error is ErrInUse, since
// descriptors cannot change their IO. An IdleTimeout of zero stays the 100 ms that Default
// has; a negative one lets the proactors run for good.
//
// It starts an IO with config for a moment, and returns the error of that, if any: a
// backend that cannot run here, a field out of its range. Nothing is changed then.
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
