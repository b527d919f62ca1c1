//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package readiness

import "github.com/awaitio/awaitio/internal/kq"

func openPoller() (Poller, error) { return kq.Open() }
