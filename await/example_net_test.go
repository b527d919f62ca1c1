//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// A server of package net/http takes connections from any net.Listener.
func ExampleListen() {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "hello")
	})}
	go server.Serve(l)
	defer server.Close()

	transport := &http.Transport{DialContext: (&await.Dialer{}).DialContext}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Get("http://" + l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Println(string(body), err)
	// Output: hello <nil>
}

func ExampleDial() {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.Copy(c, c)
	}()

	c, err := await.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Fprint(c, "echo")
	reply := make([]byte, 4)
	_, err = io.ReadFull(c, reply)
	fmt.Println(string(reply), err)
	// Output: echo <nil>
}

func ExampleDialer() {
	dialer := await.Dialer{Timeout: time.Second}
	_, err := dialer.Dial("unix", "/no/such/socket")
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}

func ExampleListenConfig() {
	config := await.ListenConfig{Backlog: 16}
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Addr().Network(), l.Close())
	// Output: tcp <nil>
}

// A context ends one call, and leaves the connection as it is.
func ExampleConn_ReadContext() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := client.ReadContext(ctx, make([]byte, 8))
	fmt.Println(errors.Is(err, context.DeadlineExceeded))

	fmt.Fprint(server, "later")
	reply := make([]byte, 8)
	n, err := client.ReadContext(context.Background(), reply)
	fmt.Println(string(reply[:n]), err)
	// Output:
	// true
	// later <nil>
}

func ExampleConn_WriteBuffers() {
	client, server := pipe()
	defer server.Close()
	buffers := net.Buffers{[]byte("head "), []byte("and "), []byte("body")}
	_, err := client.WriteBuffers(&buffers) // one system call
	if err != nil {
		fmt.Println(err)
		return
	}
	client.Close()
	all, err := io.ReadAll(server)
	fmt.Println(string(all), err)
	// Output: head and body <nil>
}

// The loop ends when its context does.
func ExampleListener_Connections() {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		for range 3 {
			if c, err := await.Dial("tcp", l.Addr().String()); err == nil {
				defer c.Close()
			}
		}
	}()

	served := 0
	for c, err := range l.(*await.Listener).Connections(ctx) {
		if err != nil {
			fmt.Println(errors.Is(err, context.Canceled))
			break
		}
		c.Close()
		if served++; served == 3 {
			stop()
		}
	}
	fmt.Println(served, "served")
	// Output:
	// true
	// 3 served
}

func ExampleListenPacket() {
	a, err := await.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	b, err := await.Dial("udp", a.LocalAddr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer b.Close()
	fmt.Fprint(b, "ping")
	p := make([]byte, 16)
	n, from, err := a.ReadFrom(p)
	fmt.Println(string(p[:n]), from.String() == b.LocalAddr().String(), err)
	// Output: ping true <nil>
}

func ExamplePacketConn_WriteBatch() {
	a, err := await.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()
	conn := a.(*await.PacketConn)
	batch := make([]await.Datagram, 3) // to itself
	for i := range batch {
		batch[i] = await.Datagram{Buffers: [][]byte{{byte(i)}}, Addr: conn.LocalAddr()}
	}
	n, err := conn.WriteBatch(batch)
	fmt.Println(n, err)
	for got := 0; got < 3; got += n {
		if n, err = conn.ReadBatch(batch); err != nil {
			break
		}
	}
	fmt.Println(err)
	// Output:
	// 3 <nil>
	// <nil>
}

// Connections that other code has made go on as ones of this package.
func ExampleAdoptConn() {
	theirs, _ := net.Pipe()
	_, err := await.AdoptConn(theirs)
	fmt.Println(errors.Is(err, errors.ErrUnsupported)) // there is no descriptor behind it
	theirs.Close()
	// Output: true
}

func ExampleAdoptListener() {
	theirs, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ours, err := await.AdoptListener(theirs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ours.Addr().String() == theirs.Addr().String(), ours.Close())
	// Output: true <nil>
}

// pipe is both ends of a connection.
func pipe() (client, server *await.Conn) {
	l, err := await.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	c, err := await.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	server, err = l.(*await.Listener).AcceptContext(context.Background())
	if err != nil {
		panic(err)
	}
	return c.(*await.Conn), server
}

func ExampleDialTimeout() {
	_, err := await.DialTimeout("unix", "/no/such/socket", time.Second)
	var failed *net.OpError
	fmt.Println(errors.As(err, &failed), failed.Op)
	// Output: true dial
}

// A deadline is for all reads, those under way too, until it is moved: as here with each sign of life.
func ExampleConn_SetReadDeadline() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	p := make([]byte, 8)
	for patience := time.Minute; ; patience = time.Millisecond {
		if err := client.SetReadDeadline(time.Now().Add(patience)); err != nil {
			fmt.Println(err)
			return
		}
		if patience == time.Minute {
			fmt.Fprint(server, "alive")
		}
		n, err := client.Read(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			fmt.Println("gone:", err.(net.Error).Timeout())
			break
		}
		fmt.Println(string(p[:n]), err)
	}
	// Output:
	// alive <nil>
	// gone: true
}

// A peer that reads nothing: the write ends, and tells how much went out.
func ExampleConn_SetWriteDeadline() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	if err := client.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		fmt.Println(err)
		return
	}
	n, err := client.Write(make([]byte, 64<<20))
	fmt.Println(n < 64<<20, errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true true
}

// A datagram that does not come is waited for by a deadline.
func ExamplePacketConn_SetReadDeadline() {
	c, err := await.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		fmt.Println(err)
		return
	}
	_, _, err = c.ReadFrom(make([]byte, 1500))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true
}

// A socket that package net has made, with options that only it sets.
func ExampleAdoptPacketConn() {
	theirs, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ours, err := await.AdoptPacketConn(theirs) // theirs is closed
	if err != nil {
		fmt.Println(err)
		return
	}
	_, isOurs := ours.(*await.PacketConn)
	fmt.Println(isOurs, ours.Close())
	// Output: true <nil>
}

// An option that has no method is set on the descriptor, which is only valid within the function.
func ExampleConn_SyscallConn() {
	client, server := pipe()
	defer client.Close()
	defer server.Close()
	raw, err := client.SyscallConn()
	if err != nil {
		fmt.Println(err)
		return
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	})
	fmt.Println(err, failed)
	// Output: <nil> <nil>
}

// What a server sets on a connection: to find out about a peer that is gone, and to give up on one that
// does not take its last bytes.
func ExampleConn_SetKeepAliveConfig() {
	client, server := pipe()
	defer client.Close()
	fmt.Println(server.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Minute, Interval: 10 * time.Second, Count: 3}))
	fmt.Println(server.SetWriteBuffer(1 << 16)) // bytes, of which the system takes what it likes
	fmt.Println(server.SetLinger(0))            // Close discards what is not sent, and the peer gets a reset
	server.Close()
	_, err := client.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, unix.ECONNRESET))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// true
}
