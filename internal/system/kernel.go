package system

import (
	"net"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/netname"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// Kernel is the system that the process runs on.
type Kernel struct {
	kernelSockets
	kernelFiles
	kernelTree
}

var _ System = Kernel{}

// Simulated is false.
func (Kernel) Simulated() bool { return false }

// Close is socket.CloseDescriptor.
func (Kernel) Close(fd int) error { return socket.CloseDescriptor(fd) }

// Dup is sysfile.Dup.
func (Kernel) Dup(fd int) (int, error) { return sysfile.Dup(fd) }

// SetNonblock is socket.SetNonblock.
func (Kernel) SetNonblock(fd int, on bool) error { return socket.SetNonblock(fd, on) }

// IsNonblock is socket.IsNonblock.
func (Kernel) IsNonblock(fd int) bool { return socket.IsNonblock(fd) }

// Resolver is r, or net.DefaultResolver.
func (Kernel) Resolver(r *net.Resolver) netname.Resolver {
	if r == nil {
		return net.DefaultResolver
	}
	return r
}

// kernelSockets are the calls of package socket.
type kernelSockets struct{}

func (kernelSockets) Socket(k netname.Kind) (int, error)    { return socket.Open(k) }
func (kernelSockets) Bind(fd, family int, a net.Addr) error { return socket.Bind(fd, family, a) }
func (kernelSockets) Listen(fd, backlog int) error          { return socket.Listen(fd, backlog) }
func (kernelSockets) Shutdown(fd, how int) error            { return socket.Shutdown(fd, how) }
func (kernelSockets) SendNothing(fd int) error              { return socket.SendNothing(fd) }
func (kernelSockets) Family(fd int) (int, error)            { return socket.Family(fd) }
func (kernelSockets) SocketType(fd int) (int, error)        { return socket.Type(fd) }
func (kernelSockets) Listening(fd int) bool                 { return socket.Listening(fd) }
func (kernelSockets) IsDatagram(fd int) bool                { return socket.IsDatagram(fd) }
func (kernelSockets) UsesMultipath(fd int) bool             { return socket.UsesMultipath(fd) }
func (kernelSockets) Lingers(fd int) bool                   { return socket.Lingers(fd) }
func (kernelSockets) Stack() socket.Stack                   { return socket.ProbeStack() }
func (kernelSockets) MultipathAvailable() bool              { return socket.MultipathAvailable() }

func (kernelSockets) Getsockname(fd int, network string) (net.Addr, error) {
	return socket.Local(fd, network)
}

func (kernelSockets) Getpeername(fd int, network string) (net.Addr, error) {
	return socket.Peer(fd, network)
}

func (kernelSockets) SetConnOptions(fd int, idle time.Duration, config net.KeepAliveConfig) error {
	return socket.SetConnOptions(fd, idle, config)
}

func (kernelSockets) SetNoDelay(fd int, on bool) error   { return socket.SetNoDelay(fd, on) }
func (kernelSockets) SetKeepAlive(fd int, on bool) error { return socket.SetKeepAlive(fd, on) }
func (kernelSockets) SetLinger(fd, seconds int) error    { return socket.SetLinger(fd, seconds) }
func (kernelSockets) SetReadBuffer(fd, bytes int) error  { return socket.SetReadBuffer(fd, bytes) }
func (kernelSockets) SetWriteBuffer(fd, bytes int) error { return socket.SetWriteBuffer(fd, bytes) }
func (kernelSockets) SetReuseAddr(fd int) error          { return socket.SetReuseAddr(fd) }
func (kernelSockets) SetReusePort(fd int) error          { return socket.SetReusePort(fd) }

func (kernelSockets) SetKeepAliveIdle(fd int, d time.Duration) error {
	return socket.SetKeepAliveIdle(fd, d)
}

func (kernelSockets) SetKeepAliveConfig(fd int, c net.KeepAliveConfig) error {
	return socket.SetKeepAliveConfig(fd, c)
}

func (kernelSockets) ReceiveGroup(fd int, ifi *net.Interface, group net.IP) error {
	return socket.ReceiveGroup(fd, ifi, group)
}

// kernelFiles are the calls of package sysfile.
type kernelFiles struct{}

func (kernelFiles) Inspect(fd, flags int) (sysfile.Traits, error) { return sysfile.Inspect(fd, flags) }
func (kernelFiles) Fstatfs(fd int) (sysfile.FSStat, error)        { return sysfile.FStatfs(fd) }
func (kernelFiles) Ftruncate(fd int, size int64) error            { return sysfile.Truncate(fd, size) }
func (kernelFiles) Fchmod(fd int, mode uint32) error              { return sysfile.Chmod(fd, mode) }
func (kernelFiles) Fchown(fd, uid, gid int) error                 { return sysfile.Chown(fd, uid, gid) }
func (kernelFiles) Fchdir(fd int) error                           { return sysfile.Chdir(fd) }
func (kernelFiles) WriteNothing(fd int) error                     { return sysfile.WriteNothing(fd) }
func (kernelFiles) Pipe() (ends [2]int, err error)                { return sysfile.Pipe() }

func (kernelFiles) Fstat(fd int) (s sysfile.Stat, err error) {
	err = sysfile.Statx(fd, &s)
	return s, err
}

func (kernelFiles) Seek(fd int, offset int64, whence int) (int64, error) {
	return sysfile.Seek(fd, offset, whence)
}

func (kernelFiles) Fallocate(fd int, offset, size int64) error {
	return sysfile.Allocate(fd, offset, size)
}

func (kernelFiles) CopyRange(to, from, limit int) (int, error) {
	return sysfile.CopyRange(to, from, limit)
}

func (kernelFiles) OpenDir(fd int, name string) (Dir, error) {
	number, err := sysfile.Dup(fd)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(number), name), nil
}
