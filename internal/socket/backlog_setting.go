//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package socket

import "runtime"

// backlogSetting is the system's setting of the largest backlog; "" where it has
// none.
var backlogSetting = map[string]string{
	"darwin":  "kern.ipc.somaxconn",
	"ios":     "kern.ipc.somaxconn",
	"freebsd": "kern.ipc.soacceptqueue",
	"openbsd": "kern.somaxconn",
}[runtime.GOOS]
