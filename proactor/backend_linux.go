//go:build !kqueue

package proactor

import (
	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/epoll"
	"github.com/awaitio/awaitio/internal/readiness"
	"github.com/awaitio/awaitio/internal/ring"
)

// candidates are tried in order.
var candidates = []candidate{
	{"io_uring", openRing},
	{"epoll", openEpoll},
}

func openRing(c Config) (backend.Backend, error) { return ring.NewBackend(ringConfig(c)) }

func ringConfig(c Config) ring.Config {
	config := ring.Config{
		Entries:           uint32(c.Entries),
		CompletionEntries: uint32(c.CompletionEntries),
		Workers:           c.Workers,
	}
	if ablate.Off().Has(ablate.Taskrun) {
		config.Without = ring.IORING_SETUP_COOP_TASKRUN
	}
	if ablate.Off().Has(ablate.Notifications) {
		config.WithoutFeatures = ring.MuteFeature
	}
	return config
}

func openEpoll(c Config) (backend.Backend, error) {
	poller, err := epoll.Open()
	if err != nil {
		return nil, err
	}
	return readiness.New(poller, c.Workers), nil
}
