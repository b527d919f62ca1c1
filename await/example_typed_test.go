//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// mustListenTCP and mustListenUDP are for the examples' other ends.
func mustListenTCP() *await.Listener {
	l, err := await.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	return l
}

func mustListenUDP() *await.PacketConn {
	c, err := await.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	return c
}

// echoOnce sends back what one connection sends, and closes it.
func echoOnce(l *await.Listener) {
	c, err := l.AcceptTCP()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if _, err := io.Copy(c, c); err != nil {
		log.Fatal(err)
	}
}

func ExampleListener_AcceptTCP() {
	l := mustListenTCP()
	defer l.Close()
	go func() {
		c, err := await.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "hello")
	}()
	c, err := l.AcceptTCP() // a *await.Conn
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	data, err := io.ReadAll(c)
	fmt.Printf("%s %v\n", data, err)
	// Output: hello <nil>
}

// CloseWrite tells the peer that nothing more comes. What it sends can still be read.
func ExampleConn_CloseWrite() {
	l := mustListenTCP()
	defer l.Close()
	go echoOnce(l)
	c, err := await.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "and back")
	fmt.Println(c.CloseWrite())
	data, err := io.ReadAll(c)
	fmt.Printf("%s %v\n", data, err)
	// Output:
	// <nil>
	// and back <nil>
}

func ExampleListener_AcceptUnix() {
	dir, remove := newTree()
	defer remove()
	l, err := await.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: filepath.Join(dir, "s")})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := await.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "nearby")
	}()
	c, err := l.AcceptUnix() // a *await.Conn
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	data, err := io.ReadAll(c)
	fmt.Printf("%s %v\n", data, err)
	// Output: nearby <nil>
}

// A listener that hands on its socket leaves the name of it where it is.
func ExampleListener_SetUnlinkOnClose() {
	dir, remove := newTree()
	defer remove()
	name := filepath.Join(dir, "s")
	l, err := await.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: name})
	if err != nil {
		log.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	fmt.Println(l.Close())
	_, err = await.Stat(name)
	fmt.Println(err)
	// Output:
	// <nil>
	// <nil>
}

// Addresses of package netip are compared and allocate nothing.
func ExamplePacketConn_ReadFromUDPAddrPort() {
	server, client := mustListenUDP(), mustListenUDP()
	defer server.Close()
	defer client.Close()
	to := server.LocalAddr().(*net.UDPAddr).AddrPort()
	if _, err := client.WriteToUDPAddrPort([]byte("hello"), to); err != nil {
		log.Fatal(err)
	}
	p := make([]byte, 100)
	n, from, err := server.ReadFromUDPAddrPort(p)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %v\n", p[:n], sameAddr(from, client.LocalAddr()))
	// Output: hello true
}

func sameAddr(a netip.AddrPort, b net.Addr) bool {
	other := b.(*net.UDPAddr).AddrPort()
	return a.Port() == other.Port() && a.Addr().Unmap() == other.Addr().Unmap()
}

func ExamplePacketConn_ReadFromContext() {
	c := mustListenUDP()
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, _, err := c.ReadFromContext(ctx, make([]byte, 100)) // nobody sends
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output: true
}

func ExamplePacketConn_WriteToUnix() {
	dir, remove := newTree()
	defer remove()
	var ends [2]*await.PacketConn
	for i, name := range []string{"a", "b"} {
		c, err := await.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(dir, name)})
		if err != nil {
			log.Fatal(err)
		}
		defer c.Close()
		ends[i] = c
	}
	if _, err := ends[0].WriteToUnix([]byte("hello"), ends[1].LocalAddr().(*net.UnixAddr)); err != nil {
		log.Fatal(err)
	}
	p := make([]byte, 100)
	n, from, err := ends[1].ReadFromUnix(p)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s from %s\n", p[:n], filepath.Base(from.Name))
	// Output: hello from a
}

func ExamplePacketConn_ReadBatch() {
	server, client := mustListenUDP(), mustListenUDP()
	defer server.Close()
	defer client.Close()
	if _, err := client.WriteTo([]byte("hello"), server.LocalAddr()); err != nil {
		log.Fatal(err)
	}
	batch := make([]await.Datagram, 8)
	for i := range batch {
		batch[i].Buffers = [][]byte{make([]byte, 1500)}
	}
	n, err := server.ReadBatch(batch) // waits for the first, takes what is there
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d: %s\n", n, batch[0].Buffers[0][:batch[0].N])
	// Output: 1: hello
}

// The dialer's options hold for the forms with concrete types too.
func ExampleDialer_DialStream() {
	l := mustListenTCP()
	defer l.Close()
	d := await.Dialer{Timeout: time.Minute}
	c, err := d.DialStream(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(c.SetNoDelay(false))
	// Output: <nil>
}

func ExampleListenConfig_ListenDatagram() {
	lc := await.ListenConfig{}
	c, err := lc.ListenDatagram(context.Background(), "udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	fmt.Println(c.SetReadBuffer(1 << 16))
	// Output: <nil>
}

// File returns a duplicate, such as for a child process.
func ExampleListener_File() {
	l := mustListenTCP()
	f, err := l.File()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Close())
	// The duplicate listens on. A child process gets it in exec.Cmd.ExtraFiles.
	again, err := net.FileListener(f)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Close(), again.Close())
	// Output:
	// <nil>
	// <nil> <nil>
}

// A datagram that is larger than the buffer is cut off. Only ReadMsgUDP and its kind tell.
func ExamplePacketConn_ReadMsgUDP() {
	c := mustListenUDP()
	defer c.Close()
	if _, err := c.WriteToUDP([]byte("a long datagram"), c.LocalAddr().(*net.UDPAddr)); err != nil { // to itself
		fmt.Println(err)
		return
	}
	p := make([]byte, 6)
	n, _, flags, from, err := c.ReadMsgUDP(p, nil)
	fmt.Println(string(p[:n]), flags&unix.MSG_TRUNC != 0, from.String() == c.LocalAddr().String(), err)
	// Output: a long true true <nil>
}
