//go:build !kqueue

package readiness

import "github.com/awaitio/awaitio/internal/epoll"

func openPoller() (Poller, error) { return epoll.Open() }
