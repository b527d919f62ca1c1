//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package proactor

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/kq"
	"github.com/awaitio/awaitio/internal/readiness"
)

// candidates are tried in order.
var candidates = []candidate{
	{"kqueue", openKqueue},
}

func openKqueue(c Config) (backend.Backend, error) {
	poller, err := kq.Open()
	if err != nil {
		return nil, err
	}
	return readiness.New(poller, c.Workers), nil
}
