//go:build unix

package await

import (
	"net"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/socket"
)

// The flags of a datagram are those of package net, bit for bit: a program may compare them with MSG_TRUNC. On a
// unix socket the kernel adds one, where the library and package net ask for closing on exec.
func TestFlagsOfMessagesSideBySide(t *testing.T) {
	io := open(t, Config{})
	for _, network := range []string{"udp4", "unixgram"} {
		for name, size := range map[string]int{"whole": 8, "truncated": 2} {
			t.Run(network+" "+name, func(t *testing.T) {
				ours, err := io.ListenPacket(network, sideAddress(t, network))
				must(t, err)
				defer ours.Close()
				theirs, err := net.ListenPacket(network, sideAddress(t, network))
				must(t, err)
				defer theirs.Close()
				ignored := map[string]int{"unixgram": socket.MessageFlag}[network]
				if got, want := messageFlags(t, ours, size)&^ignored, messageFlags(t, theirs, size)&^ignored; got != want {
					t.Errorf("got %#x, want %#x", got, want)
				}
			})
		}
	}
}

// messageFlags are the flags of a message of four bytes that c sends itself.
func messageFlags(t *testing.T, c net.PacketConn, size int) int {
	t.Helper()
	_, err := c.WriteTo([]byte("four"), c.LocalAddr())
	must(t, err)
	buf, flags := make([]byte, size), 0
	if strings.HasPrefix(c.LocalAddr().Network(), "unix") {
		_, _, flags, _, err = c.(unixMessenger).ReadMsgUnix(buf, nil)
	} else {
		_, _, flags, _, err = c.(udpMessenger).ReadMsgUDP(buf, nil)
	}
	must(t, err)
	return flags
}
