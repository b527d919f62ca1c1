//go:build !kqueue

package readiness

import (
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestWithoutEdges(t *testing.T) {
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Edges)))
	e := openEngine(t)
	fd, peer := testutil.TCPPair(t)
	receive(t, e, fd, 0)
	mustWrite(t, peer, "first")
	wantResult(t, e, "a receive that waited", 5)
	if w := e.lines.at(fd).watch; w.on || w.conn != 0 {
		t.Errorf("it is watched: %+v", w)
	}
}

func TestWithoutDrained(t *testing.T) {
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Drained)))
	e := openEngine(t)
	fd, peer := drained(t, e)
	before := e.attempts.Load()
	receive(t, e, fd, 0)
	if n := e.attempts.Load() - before; n != 1 {
		t.Errorf("%d attempts, want one", n)
	}
	mustWrite(t, peer, "second")
	wantResult(t, e, "a receive that waited", 6)
}
