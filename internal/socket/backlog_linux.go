package socket

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func maxBacklog() int {
	text, err := os.ReadFile("/proc/sys/net/core/somaxconn")
	if err != nil {
		return unix.SOMAXCONN
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n <= 0 {
		return unix.SOMAXCONN
	}
	return n // the kernel's own limit: it cuts off what it cannot hold
}
