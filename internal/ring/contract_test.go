//go:build linux

package ring

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
)

func TestContract(t *testing.T) {
	for _, c := range []Config{
		{},
		{Entries: 2, CompletionEntries: 2},
		{Without: IORING_SETUP_SUBMIT_ALL | IORING_SETUP_NO_SQARRAY | IORING_SETUP_CQSIZE},
		{WithoutFeatures: IORING_FEAT_NATIVE_WORKERS}, // notifications cannot be muted
		{WithoutOps: 1<<backend.OpShutdown | 1<<backend.OpSocket, WithoutLinks: true, WithoutFeatures: IORING_FEAT_CQE_SKIP | IORING_FEAT_EXT_ARG},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			backendtest.Run(t, backendtest.Kernel{New: func() (backend.Backend, error) { return NewBackend(c) }})
		})
	}
}

func TestTooOldAKernelIsNamed(t *testing.T) {
	for _, feature := range []uint32{IORING_FEAT_NODROP, IORING_FEAT_SUBMIT_STABLE, IORING_FEAT_RW_CUR_POS, IORING_FEAT_FAST_POLL} {
		b, err := NewBackend(Config{WithoutFeatures: feature})
		if err == nil {
			b.Close()
		}
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "too old") {
			t.Errorf("without feature %#x: %v", feature, err)
		}
	}
}
