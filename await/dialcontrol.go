package await

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// A controlHook is called with a socket that is new; nil does nothing.
type controlHook func(ctx context.Context, network, address string, c syscall.RawConn) error

func withoutContext(f func(network, address string, c syscall.RawConn) error) controlHook {
	if f == nil {
		return nil
	}
	return func(_ context.Context, network, address string, c syscall.RawConn) error {
		return f(network, address, c)
	}
}

func (f controlHook) call(ctx context.Context, fd int, network string, a net.Addr) error {
	if f == nil {
		return nil
	}
	c := &newborn{fd: fd}
	defer c.end()
	return f(ctx, network, a.String(), c)
}

// A newborn is a socket that is neither bound nor connected: a RawConn for
// options, and for them only until the hook has returned, as the number may be
// another's afterwards.
type newborn struct {
	mu  sync.RWMutex
	fd  int
	old bool
}

func (c *newborn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.old = true
}

func (c *newborn) Control(f func(fd uintptr)) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.old {
		return net.ErrClosed
	}
	f(uintptr(c.fd))
	return nil
}

func (c *newborn) Read(func(fd uintptr) bool) error  { return syscall.EINVAL }
func (c *newborn) Write(func(fd uintptr) bool) error { return syscall.EINVAL }
