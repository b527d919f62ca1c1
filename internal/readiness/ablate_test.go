//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestWithoutEdges(t *testing.T) {
	t.Cleanup(ablate.Switch(ablate.Of(ablate.Edges)))
	e := openEngine(t)
	c := new(edge.Conn)
	fd, peer := testutil.TCPPair(t)
	receiveLater(t, e, c, fd, peer)
	if r := e.lines.at(fd).registered; r.on || c.IsOn() {
		t.Errorf("it is watched: %+v", r)
	}
}
