package proactor

import (
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A goroutine in a testing/synctest bubble has a clock of its own, and channels that no
// goroutine outside may use. So a proactor made outside a bubble is never run by a
// caller inside, and looks at its own clock for the alarms that the caller sets.

// inBubble reports whether the calling goroutine is in a bubble. What the clock says
// does not matter, only that time.Now has no monotonic reading there: the clock of the
// system may be wrong by any number of years, and a bubble may sleep for as many. A Time
// without that reading is its own Round(0).
func inBubble() bool {
	now := time.Now()
	return now == now.Round(0)
}

// inOtherTime reports whether the caller's clock is not the proactor's. It is asked in
// tests only.
func (p *Proactor) inOtherTime() bool { return inBubble() != p.inBubble }

// inTest reports whether the program may have bubbles, which need a *testing.T. In any
// other program a caller saves two looks at the clock.
var inTest = sync.OnceValue(func() bool {
	info, _ := debug.ReadBuildInfo()
	return mayBeTest(info)
})

// mayBeTest reports whether info is that of a test binary or, where it does not say, may
// be. The go command names the package of one after the tested package.
func mayBeTest(info *debug.BuildInfo) bool {
	return info == nil || info.Path == "" || strings.HasSuffix(info.Path, ".test")
}

// sharer is b if callers can run its loop. They cannot if the proactor is in a bubble.
func sharer(b backend.Backend, inBubble bool) backend.Sharer {
	if inBubble {
		return nil
	}
	s, _ := b.(backend.Sharer)
	return s
}
