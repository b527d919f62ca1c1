//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/await"
)

// The forms of Dial and Listen with concrete types need no type assertion.
func ExampleDialStream() {
	l, err := await.ListenStream("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := await.DialStream("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = c.ReadContext(ctx, make([]byte, 8)) // nobody writes
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExampleDialStreamContext() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := await.DialStreamContext(ctx, "tcp", "127.0.0.1:1")
	fmt.Println(errors.Is(err, context.Canceled))
	// Output: true
}

func ExampleListenStream() {
	l, err := await.ListenStream("unix", "/no/such/directory/socket")
	fmt.Println(l == nil, errors.Is(err, os.ErrNotExist))
	// Output: true true
}

func ExampleListenConfig_ListenStream() {
	l, err := (&await.ListenConfig{}).ListenStream(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.SetDeadline(time.Unix(1, 0)))
	_, err = l.AcceptContext(context.Background())
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded), l.Close())
	// Output:
	// <nil>
	// true <nil>
}

func ExampleDialDatagram() {
	server, err := await.ListenDatagram("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := await.DialDatagram("udp", server.LocalAddr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Fprint(client, "ping")
	p := make([]byte, 16)
	n, from, err := server.ReadFromUDPAddrPort(p)
	fmt.Println(string(p[:n]), from.Addr(), err)
	// Output: ping 127.0.0.1 <nil>
}

func ExampleDialer_DialDatagram() {
	_, err := (&await.Dialer{}).DialDatagram(context.Background(), "tcp", "127.0.0.1:1")
	var unknown net.UnknownNetworkError
	fmt.Println(errors.As(err, &unknown), err)
	// Output: true dial tcp: unknown network tcp
}

func ExampleListenDatagram() {
	c, err := await.ListenDatagram("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.LocalAddr().Network(), c.Close())
	// Output: udp <nil>
}

// An IO of one's own has the same forms.
func ExampleIO_ListenStream() {
	aio, err := await.Default()
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := aio.ListenStream("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := aio.DialStream("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Close())
	// Output: <nil>
}

func ExampleDialTCP() {
	l, err := await.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := await.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.RemoteAddr().Network(), c.Close())
	// Output: tcp <nil>
}

func ExampleDialer_DialTCP() {
	l, err := await.ListenTCP("tcp4", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	dialer := await.Dialer{Timeout: time.Minute}
	c, err := dialer.DialTCP(context.Background(), "tcp", netip.AddrPort{}, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.LocalAddr().(*net.TCPAddr).IP, c.Close())
	// Output: 127.0.0.1 <nil>
}

func ExampleListenTCP() {
	l, err := await.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() {
		if c, err := await.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr)); err == nil {
			c.Close()
		}
	}()
	c, err := l.AcceptTCP()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Close())
	// Output: <nil>
}

func ExampleDialUDP() {
	server, err := await.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := await.DialUDP("udp", nil, server.LocalAddr().(*net.UDPAddr))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Fprint(client, "ping")
	p := make([]byte, 16)
	n, from, err := server.ReadFromUDP(p)
	fmt.Println(string(p[:n]), from.IP, err)
	// Output: ping 127.0.0.1 <nil>
}

func ExampleDialer_DialUDP() {
	var dialer await.Dialer
	c, err := dialer.DialUDP(context.Background(), "udp", netip.AddrPort{}, netip.MustParseAddrPort("127.0.0.1:9"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.RemoteAddr(), c.Close())
	// Output: 127.0.0.1:9 <nil>
}

func ExampleListenUDP() {
	_, err := await.ListenUDP("tcp", nil)
	fmt.Println(err)
	// Output: listen tcp: unknown network tcp
}

func ExampleListenMulticastUDP() {
	group := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	_, err := await.ListenMulticastUDP("udp", nil, group)
	fmt.Println(err != nil) // that is no group
	// Output: true
}

func ExampleDialUnix() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l, err := await.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "server"), Net: "unix"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	c, err := await.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	accepted, err := l.AcceptUnix()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(accepted.Close())
	// Output: <nil>
}

func ExampleDialer_DialUnix() {
	dialer := await.Dialer{Timeout: time.Minute}
	_, err := dialer.DialUnix(context.Background(), "unix", nil, &net.UnixAddr{Name: "/no/such/socket", Net: "unix"})
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}

func ExampleListenUnix() {
	_, err := await.ListenUnix("unix", nil)
	fmt.Println(err)
	// Output: listen unix: missing address
}

func ExampleDialUnixgram() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := func(base string) *net.UnixAddr {
		return &net.UnixAddr{Name: filepath.Join(dir, base), Net: "unixgram"}
	}
	server, err := await.ListenUnixgram("unixgram", name("server"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	client, err := await.DialUnixgram("unixgram", name("client"), name("server"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Fprint(client, "ping")
	p := make([]byte, 16)
	n, from, err := server.ReadFromUnix(p)
	fmt.Println(string(p[:n]), filepath.Base(from.Name), err)
	_, err = server.WriteToUnix([]byte("pong"), from)
	fmt.Println(err)
	// Output:
	// ping client <nil>
	// <nil>
}

func ExampleDialer_DialUnixgram() {
	var dialer await.Dialer
	_, err := dialer.DialUnixgram(context.Background(), "unixgram", nil, nil)
	fmt.Println(err)
	// Output: dial unixgram: missing address
}

func ExampleListenUnixgram() {
	_, err := await.ListenUnixgram("unix", nil)
	fmt.Println(err)
	// Output: listen unix: unknown network unix
}

// A connection between two hosts that both have Multipath TCP can use several of
// their interfaces.
func ExampleDialer_SetMultipathTCP() {
	var dialer await.Dialer
	fmt.Println(dialer.MultipathTCP())
	dialer.SetMultipathTCP(true)
	fmt.Println(dialer.MultipathTCP())
	// Output:
	// false
	// true
}

func ExampleListenConfig_SetMultipathTCP() {
	var config await.ListenConfig
	config.SetMultipathTCP(false)
	fmt.Println(config.MultipathTCP())
	// Output: false
}

func ExampleConn_MultipathTCP() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	used, err := client.MultipathTCP() // Dial does not ask for it
	fmt.Println(used, err)
	// Output: false <nil>
}
