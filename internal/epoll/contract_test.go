//go:build linux

package epoll

import (
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
	"github.com/awaitio/awaitio/internal/readiness"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func TestContract(t *testing.T) {
	backendtest.Run(t, backendtest.Kernel{New: func() (backend.Backend, error) {
		p, err := Open()
		if err != nil {
			return nil, err
		}
		return readiness.New(p, 4), nil
	}})
}
