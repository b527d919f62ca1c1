//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq_test

import (
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/backend/backendtest"
	"github.com/awaitio/awaitio/internal/kq"
	"github.com/awaitio/awaitio/internal/readiness"
)

func TestContract(t *testing.T) {
	backendtest.Run(t, backendtest.Kernel{New: func() (backend.Backend, error) {
		p, err := kq.Open()
		if err != nil {
			return nil, err
		}
		return readiness.New(p, 4), nil
	}})
}
