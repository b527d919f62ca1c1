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

// unixPair is both ends of a connection of unix sockets.
func unixPair() (client, server *await.Conn) {
	dir, remove := newTree()
	defer remove()
	l, err := await.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: filepath.Join(dir, "s")})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	client, err = await.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
	if err != nil {
		log.Fatal(err)
	}
	server, err = l.AcceptUnix()
	if err != nil {
		log.Fatal(err)
	}
	return client, server
}

// received is the file whose descriptor came with a message, as unix(7) has it.
func received(oob []byte) *await.File {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		log.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		log.Fatal(err)
	}
	f, err := await.NewFile(uintptr(fds[0]), "received")
	if err != nil {
		log.Fatal(err)
	}
	return f
}

// A process hands an open file to another, which need not be permitted to open it.
func ExampleConn_WriteMsgUnix() {
	client, server := unixPair()
	defer client.Close()
	defer server.Close()
	f, remove := newFile()
	defer remove()
	if _, err := f.WriteString("contents"); err != nil {
		log.Fatal(err)
	}
	rights := unix.UnixRights(int(f.Fd()))
	if _, _, err := client.WriteMsgUnix([]byte("a file"), rights, nil); err != nil {
		log.Fatal(err)
	}
	p, oob := make([]byte, 64), make([]byte, unix.CmsgSpace(4)) // room for one descriptor
	n, oobn, _, _, err := server.ReadMsgUnix(p, oob)
	if err != nil {
		log.Fatal(err)
	}
	theirs := received(oob[:oobn])
	defer theirs.Close()
	data := make([]byte, 64)
	m, err := theirs.ReadAt(data, 0)
	fmt.Printf("%s: %s %v\n", p[:n], data[:m], err)
	// Output: a file: contents EOF
}

func ExampleConn_ReadMsgUnixContext() {
	client, server := unixPair()
	defer client.Close()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, _, _, _, err := server.ReadMsgUnixContext(ctx, make([]byte, 64), nil) // nobody writes
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	_, _, err = client.WriteMsgUnixContext(context.Background(), []byte("hello"), nil, nil)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}

// A datagram with a descriptor, between sockets that both have a name.
func ExamplePacketConn_WriteMsgUnix() {
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
	f, err := await.Open(filepath.Join(dir, "file"))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	_, _, err = ends[0].WriteMsgUnix([]byte("a file"), unix.UnixRights(int(f.Fd())), ends[1].LocalAddr().(*net.UnixAddr))
	if err != nil {
		log.Fatal(err)
	}
	p, oob := make([]byte, 64), make([]byte, unix.CmsgSpace(4))
	n, oobn, _, from, err := ends[1].ReadMsgUnix(p, oob)
	if err != nil {
		log.Fatal(err)
	}
	theirs := received(oob[:oobn])
	defer theirs.Close()
	data, err := io.ReadAll(theirs)
	fmt.Printf("%s from %s: %s %v\n", p[:n], filepath.Base(from.Name), data, err)
	// Output: a file from a: hello <nil>
}

// Ancillary data comes with a datagram if a socket option asks for it, such as IP_PKTINFO of ip(7). Here none does.
func ExamplePacketConn_WriteMsgUDP() {
	server, client := mustListenUDP(), mustListenUDP()
	defer server.Close()
	defer client.Close()
	if _, _, err := client.WriteMsgUDP([]byte("ping"), nil, server.LocalAddr().(*net.UDPAddr)); err != nil {
		log.Fatal(err)
	}
	p, oob := make([]byte, 1500), make([]byte, 64)
	n, oobn, _, from, err := server.ReadMsgUDPAddrPort(p, oob) // allocates nothing
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %d\n", p[:n], oobn)
	if _, _, err := server.WriteMsgUDPAddrPort([]byte("pong"), oob[:oobn], from); err != nil {
		log.Fatal(err)
	}
	n, _, _, _, err = client.ReadMsgUDP(p, nil)
	fmt.Printf("%s %v\n", p[:n], err)
	// Output:
	// ping 0
	// pong <nil>
}

// A socket with a peer: a connection for datagrams.
func ExamplePacketConn_CloseRead() {
	dir, remove := newTree()
	defer remove()
	name := func(base string) *net.UnixAddr {
		return &net.UnixAddr{Name: filepath.Join(dir, base), Net: "unixgram"}
	}
	server, err := await.ListenUnixgram("unixgram", name("server"))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := await.DialUnixgram("unixgram", name("client"), name("server"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(server.CloseRead()) // it takes no more
	_, err = client.Write([]byte("hello"))
	fmt.Println(errors.Is(err, unix.EPIPE))
	// Output:
	// <nil>
	// true
}

// Many datagrams with one call, within a context.
func ExamplePacketConn_WriteBatchContext() {
	server, client := mustListenUDP(), mustListenUDP()
	defer server.Close()
	defer client.Close()
	ctx, cancel := soon()
	defer cancel()
	var out []await.Datagram
	for i := range 3 {
		out = append(out, await.Datagram{Buffers: [][]byte{fmt.Appendf(nil, "datagram %d", i)}, Addr: server.LocalAddr()})
	}
	fmt.Println(client.WriteBatchContext(ctx, out))

	in := make([]await.Datagram, 8)
	for i := range in {
		in[i].Buffers = [][]byte{make([]byte, 1500)}
	}
	received := 0
	for received < len(out) {
		n, err := server.ReadBatchContext(ctx, in) // what is there, and at least one
		if err != nil {
			log.Fatal(err)
		}
		received += n
	}
	fmt.Println(received)
	// Output:
	// 3 <nil>
	// 3
}

func ExamplePacketConn_WriteToContext() {
	server, client := mustListenUDP(), mustListenUDP()
	defer server.Close()
	defer client.Close()
	ctx, cancel := soon()
	defer cancel()
	fmt.Println(client.WriteToContext(ctx, []byte("hello"), server.LocalAddr()))
	p := make([]byte, 1500)
	n, from, err := server.ReadFromContext(ctx, p)
	fmt.Printf("%s %v %v\n", p[:n], sameAddr(netip.MustParseAddrPort(from.String()), client.LocalAddr()), err)
	// Output:
	// 5 <nil>
	// hello true <nil>
}

// A header and a body that lie in different buffers, as one write that a context can end.
func ExampleConn_WriteBuffersContext() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	ctx, cancel := soon()
	defer cancel()
	buffers := net.Buffers{[]byte("head "), []byte("and body")}
	n, err := client.WriteBuffersContext(ctx, &buffers)
	fmt.Println(n, err, len(buffers)) // what was written is no longer in buffers
	p := make([]byte, 13)
	_, err = io.ReadFull(server, p)
	fmt.Println(string(p), err)
	// Output:
	// 13 <nil> 0
	// head and body <nil>
}

// A connection from which nothing more is read, and on which writes go on.
func ExampleConn_CloseRead() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	fmt.Println(client.CloseRead())
	_, err := client.Read(make([]byte, 1))
	fmt.Println(err)
	fmt.Println(client.Write([]byte("goes on")))
	// Output:
	// <nil>
	// EOF
	// 7 <nil>
}

// The system asks an idle peer every minute whether it is there. SetKeepAliveConfig has the rest.
func ExampleConn_SetKeepAlivePeriod() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	fmt.Println(client.SetKeepAlive(true), client.SetKeepAlivePeriod(time.Minute))
	// Output: <nil> <nil>
}

// The type of a listener for datagrams is net.PacketConn, as in package net.
func ExampleListenConfig_ListenPacket() {
	var lc await.ListenConfig
	c, err := lc.ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	_, ours := c.(*await.PacketConn)
	fmt.Println(ours, c.Close())
	// Output: true <nil>
}
