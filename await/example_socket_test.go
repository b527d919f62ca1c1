//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// pair is an IO and two connected sockets.
func pair() (io *await.IO, a, b int) {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	return io, p[0], p[1]
}

func closeAll(fds ...int) {
	for _, fd := range fds {
		if err := unix.Close(fd); err != nil {
			log.Fatal(err)
		}
	}
}

func ExampleIO_Recv() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(b)
	if _, err := io.Send(ctx, a, []byte("last words"), 0); err != nil {
		log.Fatal(err)
	}
	if err := io.CloseFD(ctx, a); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 64)
	for {
		n, err := io.Recv(ctx, b, buf, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", buf[:n])
	}
	// Output:
	// last words
	// EOF
}

// A timeout stops the call, and buf is the caller's again; what arrives later is
// for the next call.
func ExampleIO_RecvWithTimeout() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a, b)
	buf := make([]byte, 64)
	_, err := io.RecvWithTimeout(ctx, b, buf, 0, time.Millisecond)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))

	if _, err := io.Send(ctx, a, []byte("late"), 0); err != nil {
		log.Fatal(err)
	}
	n, err := io.RecvWithTimeout(ctx, b, buf, 0, 10*time.Second)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output:
	// true
	// late <nil>
}

func ExampleIO_Send() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a)
	n, err := io.Send(ctx, a, []byte("all of it"), 0)
	fmt.Println(n, err)
	closeAll(b)
	_, err = io.Send(ctx, a, []byte("to nobody"), 0)
	fmt.Println(errors.Is(err, unix.EPIPE))
	// Output:
	// 9 <nil>
	// true
}

// A peer that does not read: the count says how much went out.
func ExampleIO_SendWithTimeout() {
	io, a, b := pair()
	defer closeAll(a, b)
	large := make([]byte, 8<<20)
	n, err := io.SendWithTimeout(context.Background(), a, large, 0, 10*time.Millisecond)
	fmt.Println(n > 0, n < len(large), errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true true true
}

func ExampleIO_SendMsg() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a, b)
	out := &proactor.Message{Buffers: [][]byte{[]byte("head "), []byte("and body")}}
	n, err := io.SendMsg(ctx, a, out, 0)
	fmt.Println(n, err)

	buf := make([]byte, 64)
	in := &proactor.Message{Buffers: [][]byte{buf}}
	n, err = io.RecvMsg(ctx, b, in, 0)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output:
	// 13 <nil>
	// head and body <nil>
}

func ExampleIO_RecvMsgWithTimeout() {
	io, a, b := pair()
	defer closeAll(a, b)
	in := &proactor.Message{Buffers: [][]byte{make([]byte, 64)}}
	_, err := io.RecvMsgWithTimeout(context.Background(), b, in, 0, time.Millisecond)
	var timeout net.Error
	fmt.Println(errors.As(err, &timeout) && timeout.Timeout())
	// Output: true
}

func ExampleIO_SendMsgWithTimeout() {
	io, a, b := pair()
	defer closeAll(a, b)
	out := &proactor.Message{Buffers: [][]byte{[]byte("in time")}}
	fmt.Println(io.SendMsgWithTimeout(context.Background(), a, out, 0, 10*time.Second))
	// Output: 7 <nil>
}

func ExampleIO_Connect() {
	ctx := context.Background()
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	listener, addr, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	defer closeAll(listener)
	fd, err := io.Socket(ctx, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer closeAll(fd)
	fmt.Println(io.Connect(ctx, fd, addr))
	// Output: <nil>
}

func ExampleIO_Accept() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	listener, addr, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	defer closeAll(listener)
	client, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fd, err := io.Accept(context.Background(), listener, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("connected")
	closeAll(fd)

	// With a context, it stops waiting for the next one.
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = io.Accept(ctx, listener, 0)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// connected
	// true
}

func ExampleIO_Shutdown() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a, b)
	if err := io.Shutdown(ctx, a, unix.SHUT_WR); err != nil {
		log.Fatal(err)
	}
	_, err := io.Recv(ctx, b, make([]byte, 1), 0)
	fmt.Println(err)
	// Output: EOF
}

func ExampleIO_Poll() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a, b)
	if _, err := io.Send(ctx, a, []byte("data"), 0); err != nil {
		log.Fatal(err)
	}
	events, err := io.Poll(ctx, b, unix.POLLIN)
	fmt.Println(events == unix.POLLIN, err)
	// Output: true <nil>
}

// A close ends what is under way on the descriptor.
func ExampleIO_CloseFD() {
	ctx := context.Background()
	io, a, b := pair()
	defer closeAll(a)
	recv := io.Async().Recv(b, make([]byte, 64), 0)
	if err := io.CloseFD(ctx, b); err != nil {
		log.Fatal(err)
	}
	_, err := recv.Await(ctx)
	fmt.Println(errors.Is(err, net.ErrClosed))
	// Output: true
}
