package readiness

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The end of a stream is told once, perhaps with the last bytes: it leaves another attempt.
func TestEndWithTheLastBytes(t *testing.T) {
	e := openEngine(t)
	c, fd, peer := watchedConn(t, e)
	mustWrite(t, peer, "last")
	testutil.Close(t, peer)
	testutil.Eventually(t, 20*time.Second, func() bool {
		_, err := pollNow(fd, unix.POLLRDHUP)
		return err == nil
	}, "the end")
	waitTold(t, e, c)
	c.Attempted(true, false)
	if !c.Attempt() {
		t.Error("after the last bytes the end is not asked for")
	}
}
