//go:build unix

package await

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// The forms with concrete types reach what Dial and Listen reach.
func TestStreamForms(t *testing.T) {
	aio := theDefault(t)
	dir := tempDir(t)
	for i, address := range [][2]string{
		{"tcp", "127.0.0.1:0"}, {"tcp4", "localhost:0"}, {"unix", filepath.Join(dir, "s")}, {"unixpacket", filepath.Join(dir, "p")},
	} {
		network := address[0]
		listen := []func(network, address string) (*Listener, error){
			ListenStream, aio.ListenStream,
			func(network, address string) (*Listener, error) {
				return (&ListenConfig{}).ListenStream(background, network, address)
			},
			func(network, address string) (*Listener, error) {
				return (&ListenConfig{IO: aio}).ListenStream(background, network, address)
			},
		}[i]
		l, err := listen(network, address[1])
		must(t, err)
		at := l.Addr().String()
		for _, dial := range []func() (*Conn, error){
			func() (*Conn, error) { return DialStream(network, at) },
			func() (*Conn, error) { return DialStreamContext(background, network, at) },
			func() (*Conn, error) { return aio.DialStream(network, at) },
			func() (*Conn, error) { return aio.DialStreamContext(background, network, at) },
		} {
			c, err := dial()
			must(t, err)
			accepted, err := l.AcceptContext(background)
			must(t, err)
			exchange(t, c, accepted)
			must(t, c.Close())
			must(t, accepted.Close())
		}
		must(t, l.Close())
	}
}

func TestDatagramForms(t *testing.T) {
	aio := theDefault(t)
	for i, network := range packetNetworks {
		address := map[string]string{"udp4": "127.0.0.1:0", "udp6": "[::1]:0", "unixgram": filepath.Join(tempDir(t), "s")}[network]
		listen := []func(network, address string) (*PacketConn, error){
			ListenDatagram, aio.ListenDatagram,
			func(network, address string) (*PacketConn, error) {
				if _, err := (&ListenConfig{}).ListenDatagram(background, "unixgram", "/nonexistent/dir/sock"); err == nil {
					t.Error("no error of a directory that is not there")
				}
				return (&ListenConfig{IO: aio}).ListenDatagram(background, network, address)
			},
		}[i]
		l, err := listen(network, address)
		must(t, err)
		at := l.LocalAddr().String()
		for _, dial := range []func() (*PacketConn, error){
			func() (*PacketConn, error) { return DialDatagram(network, at) },
			func() (*PacketConn, error) { return (&Dialer{}).DialDatagram(background, network, at) },
			func() (*PacketConn, error) { return aio.DialDatagram(network, at) },
			func() (*PacketConn, error) { return (&Dialer{IO: aio}).DialDatagram(background, network, at) },
		} {
			c, err := dial()
			must(t, err)
			n, err := c.Write([]byte("hello"))
			wantCount(t, "write", n, err, 5)
			n, err = l.Read(make([]byte, 8))
			wantCount(t, "read", n, err, 5)
			must(t, c.Close())
		}
		must(t, l.Close())
	}
}

// Each form has its networks, and refuses others before anything happens.
func TestFormsRefuseOtherNetworks(t *testing.T) {
	io := open(t, Config{})
	wantUnknown := func(form, network string, err error) {
		t.Helper()
		var unknown net.UnknownNetworkError
		if !errors.As(err, &unknown) || string(unknown) != network {
			t.Errorf("%s of %q: got %v", form, network, err)
		}
	}
	for _, network := range []string{"udp", "udp4", "udp6", "unixgram", "ip4:icmp", "bogus", ""} {
		c, err := io.DialStream(network, "127.0.0.1:1")
		wantUnknown("DialStream", network, err)
		if c != nil {
			t.Errorf("DialStream of %q: got a connection", network)
		}
	}
	for _, network := range []string{"tcp", "tcp4", "tcp6", "unix", "unixpacket", "ip4:icmp", "bogus", ""} {
		c, err := io.DialDatagram(network, "127.0.0.1:1")
		wantUnknown("DialDatagram", network, err)
		if c != nil {
			t.Errorf("DialDatagram of %q: got a socket", network)
		}
	}
	var kind *net.AddrError
	if l, err := io.ListenStream("udp", "127.0.0.1:0"); l != nil || !errors.As(err, &kind) {
		t.Errorf("ListenStream of udp: got %v, %v", l, err)
	}
	if c, err := io.ListenDatagram("tcp", "127.0.0.1:0"); c != nil || !errors.As(err, &kind) {
		t.Errorf("ListenDatagram of tcp: got %v, %v", c, err)
	}
}

// A failure is nil for a program that keeps it in an interface.
func TestFailuresAreNoTypedNils(t *testing.T) {
	io := open(t, Config{})
	if l, err := io.Listen("tcp", "192.0.2.1:0"); l != nil || err == nil {
		t.Errorf("Listen: got %#v, %v", l, err)
	}
	if c, err := io.ListenPacket("udp", "192.0.2.1:0"); c != nil || err == nil {
		t.Errorf("ListenPacket: got %#v, %v", c, err)
	}
	if c, err := (&Dialer{IO: io, Timeout: time.Nanosecond}).Dial("tcp", "192.0.2.1:1"); c != nil || err == nil {
		t.Errorf("Dial: got %#v, %v", c, err)
	}
}

func TestFormsOnAClosedIO(t *testing.T) {
	io := open(t, Config{})
	must(t, io.Close())
	for _, form := range []func() error{
		func() error { _, err := io.DialStream("tcp", "127.0.0.1:1"); return err },
		func() error { _, err := io.DialDatagram("udp", "127.0.0.1:1"); return err },
		func() error { _, err := io.ListenStream("tcp", "127.0.0.1:0"); return err },
		func() error { _, err := io.ListenDatagram("udp", "127.0.0.1:0"); return err },
		func() error { _, err := (&Dialer{IO: io}).DialTCP(background, "tcp", noPort, somePort); return err },
		func() error { _, err := (&Dialer{IO: io}).DialUDP(background, "udp", noPort, somePort); return err },
		func() error {
			_, err := (&Dialer{IO: io}).DialUnix(background, "unix", nil, &net.UnixAddr{Name: "x"})
			return err
		},
		func() error {
			_, err := (&Dialer{IO: io}).DialUnixgram(background, "unixgram", &net.UnixAddr{Name: "x"}, nil)
			return err
		},
	} {
		err := form()
		wantIs(t, err, net.ErrClosed)
		if _, ok := err.(*net.OpError); !ok {
			t.Errorf("got a %T, want a *net.OpError", err)
		}
	}
	_, err := (&Dialer{}).DialTCP(noContext, "tcp", noPort, somePort)
	wantIs(t, err, fdcall.ErrNilContext)
}
