//go:build linux

package ring

import (
	"fmt"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
)

func TestContract(t *testing.T) {
	for _, c := range []Config{
		{},
		{Entries: 2, CompletionEntries: 2},
		{Without: IORING_SETUP_SUBMIT_ALL | IORING_SETUP_NO_SQARRAY},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			backendtest.Run(t, backendtest.Kernel{New: func() (backend.Backend, error) { return NewBackend(c) }})
		})
	}
}
