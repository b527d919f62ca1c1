package await

import "net"

// A multipathChoice is whether to use Multipath TCP; the zero value leaves it to
// package net's default.
type multipathChoice int8

const (
	multipathDefault multipathChoice = iota
	multipathOn
	multipathOff
)

func (m *multipathChoice) set(use bool) {
	*m = multipathOff
	if use {
		*m = multipathOn
	}
}

// MultipathTCP reports whether dials of tcp use Multipath TCP (RFC 8684) where the
// system has it. The default is package net's, with its GODEBUG setting
// multipathtcp: they do not.
func (d *Dialer) MultipathTCP() bool {
	if d.multipath == multipathDefault {
		return new(net.Dialer).MultipathTCP()
	}
	return d.multipath == multipathOn
}

// SetMultipathTCP directs dials of tcp to use Multipath TCP, or not to. A dial with
// it that fails is made again without it, so Control may be called twice; and a
// connection to a peer that has no Multipath TCP goes on without it. On systems other
// than Linux it has no effect. It must not be called while d is in use.
func (d *Dialer) SetMultipathTCP(use bool) { d.multipath.set(use) }

// MultipathTCP reports whether listeners of tcp take Multipath TCP connections (RFC
// 8684) beside plain ones, where the system has it. The default is package net's,
// with its GODEBUG setting multipathtcp: they do.
func (lc *ListenConfig) MultipathTCP() bool {
	if lc.multipath == multipathDefault {
		return new(net.ListenConfig).MultipathTCP()
	}
	return lc.multipath == multipathOn
}

// multipathAvailable reports whether io, or Default's if nil, can have Multipath TCP sockets.
func multipathAvailable(io *IO) bool {
	return systemOf(io).MultipathAvailable()
}

// SetMultipathTCP directs listeners of tcp to take Multipath TCP connections beside
// plain ones, or not to. Where a socket for it cannot be made, one for plain TCP is,
// so Control may be called twice. On systems other than Linux it has no effect. It
// must not be called while lc is in use.
func (lc *ListenConfig) SetMultipathTCP(use bool) { lc.multipath.set(use) }

// MultipathTCP reports whether the connection uses Multipath TCP. One that began
// with it may have gone on without it, and then does not. The error is net.ErrClosed
// after Close.
func (c *Conn) MultipathTCP() (bool, error) {
	used := false
	err := c.d.Use(func(fd int) error {
		used = c.d.System().UsesMultipath(fd)
		return nil
	})
	return used, c.failedLocal("get", "getsockopt", err)
}
