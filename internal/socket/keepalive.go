package socket

import "time"

// What a zero in net.KeepAliveConfig stands for.
const (
	keepAliveIdle     = 15 * time.Second
	keepAliveInterval = 15 * time.Second
	keepAliveCount    = 9
)

// seconds is d in the unit of the kernels, rounded up: less would be none.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
