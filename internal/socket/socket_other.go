//go:build !unix

package socket

import (
	"errors"
	"net"
	"time"
)

// New is errors.ErrUnsupported, as all of the following.
func New(family, typ, protocol int, nonblock bool) (int, error) { return -1, errors.ErrUnsupported }

// Close has nothing to close.
func Close(fd int) {}

// Bind gives fd a local address.
func Bind(fd, family int, a net.Addr) error { return errors.ErrUnsupported }

// Listen makes fd take connections.
func Listen(fd, backlog int) error { return errors.ErrUnsupported }

// Shutdown ends one direction of a connection, or both.
func Shutdown(fd, how int) error { return errors.ErrUnsupported }

// SendNothing sends no bytes.
func SendNothing(fd int) error { return errors.ErrUnsupported }

// Local is the address that fd is bound to.
func Local(fd int, network string) (net.Addr, error) { return nil, errors.ErrUnsupported }

// Peer is the address that fd is connected to.
func Peer(fd int, network string) (net.Addr, error) { return nil, errors.ErrUnsupported }

// Dup is another number for fd's socket.
func Dup(fd int) (int, error) { return -1, errors.ErrUnsupported }

// Get is an option's value.
func Get(fd, level, option int) (int, error) { return 0, errors.ErrUnsupported }

// Type is the kind of socket.
func Type(fd int) (int, error) { return 0, errors.ErrUnsupported }

// SetNonblock is O_NONBLOCK.
func SetNonblock(fd int, on bool) error { return errors.ErrUnsupported }

// IsNonblock is false.
func IsNonblock(fd int) bool { return false }

// SetNoDelay is TCP_NODELAY.
func SetNoDelay(fd int, on bool) error { return errors.ErrUnsupported }

// SetKeepAlive is SO_KEEPALIVE.
func SetKeepAlive(fd int, on bool) error { return errors.ErrUnsupported }

// SetKeepAliveConfig sets all there is about keep-alive.
func SetKeepAliveConfig(fd int, c net.KeepAliveConfig) error { return errors.ErrUnsupported }

// SetKeepAliveIdle is how long a connection is idle before it is probed.
func SetKeepAliveIdle(fd int, d time.Duration) error { return errors.ErrUnsupported }

// SetKeepAliveInterval is the time between probes.
func SetKeepAliveInterval(fd int, d time.Duration) error { return errors.ErrUnsupported }

// SetKeepAliveCount is how many probes without an answer end a connection.
func SetKeepAliveCount(fd, n int) error { return errors.ErrUnsupported }

// SetLinger is SO_LINGER.
func SetLinger(fd, seconds int) error { return errors.ErrUnsupported }

// Lingers is false.
func Lingers(fd int) bool { return false }

// SetReadBuffer is SO_RCVBUF.
func SetReadBuffer(fd, size int) error { return errors.ErrUnsupported }

// SetWriteBuffer is SO_SNDBUF.
func SetWriteBuffer(fd, size int) error { return errors.ErrUnsupported }

// SetReuseAddr is SO_REUSEADDR.
func SetReuseAddr(fd int) error { return errors.ErrUnsupported }

// SetReusePort is SO_REUSEPORT.
func SetReusePort(fd int) error { return errors.ErrUnsupported }

// SetV6Only is IPV6_V6ONLY.
func SetV6Only(fd int, on bool) error { return errors.ErrUnsupported }

// SetBroadcast is SO_BROADCAST.
func SetBroadcast(fd int) error { return errors.ErrUnsupported }

// ProbeStack finds none.
func ProbeStack() Stack { return Stack{} }

// Family is AF_INET, AF_INET6 or AF_UNIX.
func Family(fd int) (int, error) { return 0, errors.ErrUnsupported }

// Listening reports whether fd listens.
func Listening(fd int) bool { return false }

// ReceiveGroup makes fd receive what is sent to group.
func ReceiveGroup(fd int, ifi *net.Interface, group net.IP) error { return errors.ErrUnsupported }
