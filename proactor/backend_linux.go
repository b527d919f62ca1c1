package proactor

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/ring"
)

// candidates are tried in order.
var candidates = []candidate{
	{"io_uring", openRing},
}

func openRing(c Config) (backend.Backend, error) {
	return ring.NewBackend(ring.Config{
		Entries:           uint32(c.Entries),
		CompletionEntries: uint32(c.CompletionEntries),
	})
}
