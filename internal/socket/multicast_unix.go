//go:build unix

package socket

import (
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

var errNoMulticastInterface = errors.New("no such multicast interface")

// ReceiveGroup makes fd receive what is sent to group, as package net does: on ifi,
// which is also where fd sends to groups from, or for nil on an interface of the
// system's choice. What fd sends to a group does not come back to this host.
func ReceiveGroup(fd int, ifi *net.Interface, group net.IP) error {
	if ip4 := group.To4(); ip4 != nil {
		return receiveGroup4(fd, ifi, ip4)
	}
	return receiveGroup6(fd, ifi, group)
}

func receiveGroup4(fd int, ifi *net.Interface, group net.IP) error {
	membership := &unix.IPMreq{Multiaddr: [4]byte(group)}
	if ifi != nil {
		if err := setInterface4(fd, ifi); err != nil {
			return err
		}
	}
	if err := setLoopback4(fd, false); err != nil {
		return err
	}
	if ifi != nil {
		var err error
		if membership.Interface, err = addressOf(ifi); err != nil {
			return err
		}
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptIPMreq(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, membership))
}

func receiveGroup6(fd int, ifi *net.Interface, group net.IP) error {
	membership := &unix.IPv6Mreq{}
	copy(membership.Multiaddr[:], group)
	if ifi != nil {
		membership.Interface = uint32(ifi.Index)
		if err := set(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifi.Index); err != nil {
			return err
		}
	}
	if err := set(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0); err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, membership))
}

// addressOf is the IPv4 address by which the kernel knows ifi.
func addressOf(ifi *net.Interface) ([4]byte, error) {
	addrs, err := ifi.Addrs()
	if err != nil {
		return [4]byte{}, err
	}
	for _, a := range addrs {
		if ipnet, ok := a.(*net.IPNet); ok {
			if ip4 := ipnet.IP.To4(); ip4 != nil {
				return [4]byte(ip4), nil
			}
		}
	}
	return [4]byte{}, errNoMulticastInterface
}
