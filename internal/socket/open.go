package socket

import (
	"errors"
	"net"
	"time"

	"github.com/awaitio/awaitio/internal/netname"
)

// Open makes a socket of kind k with the options that package net sets on
// every one. It is in non-blocking mode, as package net's sockets are: system
// calls of the user's own rely on that.
func Open(k netname.Kind) (int, error) {
	protocol := 0
	if k.Multipath {
		protocol = ProtocolMultipath
	}
	fd, err := New(k.Family, k.Type, protocol, true)
	if err != nil {
		return -1, err
	}
	if k.IsInet6() {
		_ = SetV6Only(fd, k.V6Only) // some systems know one value only
	}
	if k.IsDatagram() && !k.IsUnix() {
		if err := SetBroadcast(fd); err != nil {
			Close(fd)
			return -1, err
		}
	}
	return fd, nil
}

// SetConnOptions sets the options that package net gives every TCP connection. That they
// could not be set is no reason to have no connection; the error says so.
func SetConnOptions(fd int, idle time.Duration, config net.KeepAliveConfig) error {
	err := SetNoDelay(fd, true)
	if !config.Enable && idle >= 0 {
		config = net.KeepAliveConfig{Enable: true, Idle: idle}
	}
	if config.Enable {
		err = errors.Join(err, SetKeepAliveConfig(fd, config))
	}
	return err
}
