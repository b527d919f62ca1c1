//go:build unix

package readiness

import (
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
	"github.com/awaitio/awaitio/internal/workers"
)

func newEngine() (backend.Backend, error) {
	p, err := openPoller()
	if err != nil {
		return nil, err
	}
	return New(p, 4), nil
}

// What a system moves in one call is no limit of the engine's: it goes on from
// there. The suite moves little, so it runs with a low limit.
func TestContractWithShortCalls(t *testing.T) {
	defer func(most int) { workers.CallMax = most }(workers.CallMax)
	workers.CallMax = 1000
	backendtest.Run(t, backendtest.Kernel{New: newEngine})
}
