//go:build linux

package ring

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// substitutes are system calls in place of operations that came to io_uring
// late. None of them can block.
var substitutes = map[backend.Op]func(r *backend.Request) (int, error){
	backend.OpShutdown: func(r *backend.Request) (int, error) { // 5.11
		return 0, unix.Shutdown(r.FD, int(r.Flags))
	},
	backend.OpSocket: func(r *backend.Request) (int, error) { // 5.19
		return unix.Socket(int(r.Mode), int(r.Flags)|unix.SOCK_CLOEXEC, int(r.Offset))
	},
}

// substitute carries r out without the ring.
func (b *Backend) substitute(r *backend.Request) {
	n, err := substitutes[r.Op](r)
	var errno unix.Errno
	if errors.As(err, &errno) {
		n = -int(errno)
	}
	f := b.allocate(r.Token)
	f.start(r)
	b.live++
	b.settle(f, int32(n))
}
