package netname

import (
	"net"
	"runtime"
	"strings"
)

// UnixPath is the path that a unix socket at a has in the file system; "" where it has
// none.
func UnixPath(a net.Addr) string {
	if u, ok := a.(*net.UnixAddr); ok && u.Name != "" && u.Name[0] != '@' {
		return u.Name
	}
	return ""
}

// UnixPeer is the address of a peer of that name that connected to a unix socket. On
// Linux package net has "@" for a peer without a name.
func UnixPeer(network, name string) *net.UnixAddr {
	name = upToNUL(name)
	if name == "" && runtime.GOOS == "linux" {
		name = "@"
	}
	return &net.UnixAddr{Name: name, Net: network}
}

// UnixSender is the address of the socket of that name that sent something, or nil for a
// socket without a name.
func UnixSender(network, name string) *net.UnixAddr {
	if name = upToNUL(name); name == "" {
		return nil
	}
	return &net.UnixAddr{Name: name, Net: network}
}

// upToNUL is the part of a unix socket's name that package net reports: abstract names may
// have NULs inside or, from programs that bind all of the field, at their end.
func upToNUL(name string) string {
	before, _, _ := strings.Cut(name, "\x00")
	return before
}
