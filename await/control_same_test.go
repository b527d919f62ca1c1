//go:build unix

package await

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A controlled notes what its hook is called with.
type controlled []string

func (calls *controlled) hook(network, address string, c syscall.RawConn) error {
	mode := false
	err := c.Control(func(fd uintptr) {
		flags, _ := fileFlags(nil, int(fd)) // of a socket it never fails
		mode = flags&unix.O_NONBLOCK != 0
	})
	*calls = append(*calls, fmt.Sprint(network, " ", address, " non-blocking ", mode, " ", err))
	return nil
}

// Hooks are told of the same networks and addresses as those of package net, and see
// sockets in the same mode.
func TestControlHooksAreToldWhatNetsAre(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	for _, c := range []struct{ network, address string }{
		{"tcp", "127.0.0.1:0"}, {"tcp4", ":0"}, {"tcp4", "localhost:0"}, {"tcp", ":0"},
		{"udp", "127.0.0.1:0"}, {"udp4", ":0"}, {"unix", "s"}, {"unixgram", "d"},
	} {
		t.Run(c.network+" "+c.address, func(t *testing.T) {
			var ours, theirs controlled
			run := func(calls *controlled, name string,
				listen func(network, address string) (net.Addr, func() error, error),
				dial func(network, address string) (net.Conn, error)) {
				address := c.address
				if strings.HasPrefix(c.network, "unix") {
					address = filepath.Join(dir, name+c.address)
				}
				addr, closeIt, err := listen(c.network, address)
				must(t, err)
				conn, err := dial(c.network, addr.String())
				must(t, err)
				must(t, conn.Close())
				must(t, closeIt())
				for i := range *calls {
					(*calls)[i] = strings.NewReplacer(name+c.address, "NAME", addr.String(), "ADDRESS").Replace((*calls)[i])
				}
			}
			lc, d := &ListenConfig{IO: io, Control: ours.hook}, &Dialer{IO: io, Control: ours.hook}
			run(&ours, "o", listenLike(lc.Listen, lc.ListenPacket), d.Dial)
			nlc, nd := &net.ListenConfig{Control: theirs.hook}, &net.Dialer{Control: theirs.hook}
			run(&theirs, "t", listenLike(nlc.Listen, nlc.ListenPacket), nd.Dial)
			if len(ours) != 2 || !slices.Equal(ours, theirs) {
				t.Errorf("hooks were told\n\t%q, want\n\t%q", ours, theirs)
			}
		})
	}
}

// listenLike is whichever of the two a network takes.
func listenLike(listen func(ctx context.Context, network, address string) (net.Listener, error),
	listenPacket func(ctx context.Context, network, address string) (net.PacketConn, error),
) func(network, address string) (net.Addr, func() error, error) {
	return func(network, address string) (net.Addr, func() error, error) {
		if strings.HasPrefix(network, "udp") || network == "unixgram" {
			p, err := listenPacket(background, network, address)
			if err != nil {
				return nil, nil, err
			}
			return p.LocalAddr(), p.Close, nil
		}
		l, err := listen(background, network, address)
		if err != nil {
			return nil, nil, err
		}
		return l.Addr(), l.Close, nil
	}
}
