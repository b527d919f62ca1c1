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
func pair() (aio *await.IO, a, b int) {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	return aio, p[0], p[1]
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
	aio, a, b := pair()
	defer closeAll(b)
	if _, err := aio.Send(ctx, a, []byte("last words"), 0); err != nil {
		log.Fatal(err)
	}
	if err := aio.CloseFD(ctx, a); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 64)
	for {
		n, err := aio.Recv(ctx, b, buf, 0)
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
	aio, a, b := pair()
	defer closeAll(a, b)
	buf := make([]byte, 64)
	_, err := aio.RecvWithTimeout(ctx, b, buf, 0, time.Millisecond)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))

	if _, err := aio.Send(ctx, a, []byte("late"), 0); err != nil {
		log.Fatal(err)
	}
	n, err := aio.RecvWithTimeout(ctx, b, buf, 0, 10*time.Second)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output:
	// true
	// late <nil>
}

func ExampleIO_Send() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a)
	n, err := aio.Send(ctx, a, []byte("all of it"), 0)
	fmt.Println(n, err)
	closeAll(b)
	_, err = aio.Send(ctx, a, []byte("to nobody"), 0)
	fmt.Println(errors.Is(err, unix.EPIPE))
	// Output:
	// 9 <nil>
	// true
}

// A peer that does not read: the count says how much went out.
func ExampleIO_SendWithTimeout() {
	aio, a, b := pair()
	defer closeAll(a, b)
	large := make([]byte, 8<<20)
	n, err := aio.SendWithTimeout(context.Background(), a, large, 0, 10*time.Millisecond)
	fmt.Println(n > 0, n < len(large), errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true true true
}

func ExampleIO_SendMsg() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a, b)
	out := &proactor.Message{Buffers: [][]byte{[]byte("head "), []byte("and body")}}
	n, err := aio.SendMsg(ctx, a, out, 0)
	fmt.Println(n, err)

	buf := make([]byte, 64)
	in := &proactor.Message{Buffers: [][]byte{buf}}
	n, err = aio.RecvMsg(ctx, b, in, 0)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output:
	// 13 <nil>
	// head and body <nil>
}

func ExampleIO_RecvMsgWithTimeout() {
	aio, a, b := pair()
	defer closeAll(a, b)
	in := &proactor.Message{Buffers: [][]byte{make([]byte, 64)}}
	_, err := aio.RecvMsgWithTimeout(context.Background(), b, in, 0, time.Millisecond)
	var timeout net.Error
	fmt.Println(errors.As(err, &timeout) && timeout.Timeout())
	// Output: true
}

func ExampleIO_SendMsgWithTimeout() {
	aio, a, b := pair()
	defer closeAll(a, b)
	out := &proactor.Message{Buffers: [][]byte{[]byte("in time")}}
	fmt.Println(aio.SendMsgWithTimeout(context.Background(), a, out, 0, 10*time.Second))
	// Output: 7 <nil>
}

func ExampleIO_Connect() {
	ctx := context.Background()
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	listener, addr, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	defer closeAll(listener)
	fd, err := aio.Socket(ctx, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer closeAll(fd)
	fmt.Println(aio.Connect(ctx, fd, addr))
	// Output: <nil>
}

func ExampleIO_Accept() {
	aio, err := await.Default()
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
	fd, err := aio.Accept(context.Background(), listener, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("connected")
	closeAll(fd)

	// With a context, it stops waiting for the next one.
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = aio.Accept(ctx, listener, 0)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	// Output:
	// connected
	// true
}

func ExampleIO_ShutdownSocket() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a, b)
	if err := aio.ShutdownSocket(ctx, a, unix.SHUT_WR); err != nil {
		log.Fatal(err)
	}
	_, err := aio.Recv(ctx, b, make([]byte, 1), 0)
	fmt.Println(err)
	// Output: EOF
}

func ExampleIO_Poll() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a, b)
	if _, err := aio.Send(ctx, a, []byte("data"), 0); err != nil {
		log.Fatal(err)
	}
	events, err := aio.Poll(ctx, b, unix.POLLIN)
	fmt.Println(events == unix.POLLIN, err)
	// Output: true <nil>
}

// A close ends what is under way on the descriptor.
func ExampleIO_CloseFD() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a)
	recv := aio.Async().Recv(b, make([]byte, 64), 0)
	if err := aio.CloseFD(ctx, b); err != nil {
		log.Fatal(err)
	}
	_, err := recv.Await(ctx)
	fmt.Println(errors.Is(err, net.ErrClosed))
	// Output: true
}
