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

// A server and a client, each reading top to bottom.
func Example() {
	ctx := context.Background()
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	listener, addr, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		conn, err := io.Accept(ctx, listener, 0)
		if err != nil {
			log.Fatal(err)
		}
		buf := make([]byte, 64)
		n, err := io.Recv(ctx, conn, buf, 0)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := io.Send(ctx, conn, buf[:n], 0); err != nil {
			log.Fatal(err)
		}
		if err := io.CloseFD(ctx, conn); err != nil {
			log.Fatal(err)
		}
	}()

	conn, err := io.Socket(ctx, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := io.ConnectWithTimeout(ctx, conn, addr, time.Second); err != nil {
		log.Fatal(err)
	}
	if _, err := io.Send(ctx, conn, []byte("hello"), 0); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 64)
	n, err := io.RecvWithTimeout(ctx, conn, buf, 0, 10*time.Second)
	fmt.Printf("%s %v\n", buf[:n], err)
	_, err = io.Recv(ctx, conn, buf, 0)
	fmt.Println(err)
	if err := errors.Join(io.CloseFD(ctx, conn), io.CloseFD(ctx, listener)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// hello <nil>
	// EOF
}

// listen opens a TCP socket that listens on a free port of 127.0.0.1.
func listen() (fd int, addr *net.TCPAddr, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return -1, nil, err
	}
	if err := unix.Listen(fd, unix.SOMAXCONN); err != nil {
		return -1, nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return -1, nil, err
	}
	return fd, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}, nil
}

func ExampleDefault() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err) // nothing of what this system has can be used
	}
	fmt.Println(io.Sleep(context.Background(), time.Millisecond)) // nobody has to close it
	// Output: <nil>
}

func ExampleStart() {
	io, err := await.Start(proactor.Config{Entries: 64})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(io.Nop(context.Background()))
	fmt.Println(io.Close())
	// Output:
	// <nil>
	// <nil>
}

func ExampleIO_Close() {
	io, err := await.Start(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	sleep := io.Async().Sleep(time.Hour)
	if err := io.Close(); err != nil {
		log.Fatal(err)
	}
	_, err = sleep.Await(context.Background())
	fmt.Println(errors.Is(err, net.ErrClosed))
	fmt.Println(errors.Is(io.Nop(context.Background()), net.ErrClosed))
	// Output:
	// true
	// true
}

// The three ends of a call.
func ExampleIO_Sleep() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(io.Sleep(context.Background(), time.Millisecond))

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err = io.Sleep(ctx, time.Hour)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, proactor.ErrCanceled))
	// Output:
	// <nil>
	// true true
}

func ExampleIO_Nop() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(io.Nop(context.Background()))
	// Output: <nil>
}

// A second operation in callback style, on the proactor that carries out the
// blocking calls.
func ExampleIO_Proactor() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	p, err := io.Proactor()
	if err != nil {
		log.Fatal(err)
	}
	var c proactor.Completion
	called := make(chan proactor.Result, 1)
	if err := p.Nop(&c, func(_ *proactor.Completion, r proactor.Result) { called <- r }); err != nil {
		log.Fatal(err)
	}
	fmt.Println((<-called).Err)
	// Output: <nil>
}

// A receive with a callback, on a socket that is written to and closed by calls.
func ExampleIO_ProactorOf() {
	ctx := context.Background()
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	p, err := io.ProactorOf(pair[0])
	if err != nil {
		log.Fatal(err)
	}
	var c proactor.Completion
	buf, called := make([]byte, 64), make(chan proactor.Result, 1)
	if err := p.Recv(&c, pair[0], buf, 0, func(_ *proactor.Completion, r proactor.Result) { called <- r }); err != nil {
		log.Fatal(err)
	}
	if _, err := io.Send(ctx, pair[1], []byte("hello"), 0); err != nil {
		log.Fatal(err)
	}
	r := <-called
	fmt.Println(string(buf[:r.N]), r.Err)
	for _, fd := range pair {
		if err := io.CloseFD(ctx, fd); err != nil {
			log.Fatal(err)
		}
	}
	// Output: hello <nil>
}

func ExampleIO_Backend() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(io.Backend() != "")
	// Output: true
}

func ExampleIO_Stats() {
	io, err := await.Start(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	for range 10 {
		if err := io.Nop(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	if err := io.Close(); err != nil {
		log.Fatal(err)
	}
	stats := io.Stats()
	fmt.Println(stats.Completed >= 10, stats.InFlight)
	// Output: true 0
}

// An error says which operation failed, on what, and why.
func ExampleIO_OpenAt_error() {
	io, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	_, err = io.OpenAt(context.Background(), proactor.AtCWD, "no/such/file", os.O_RDONLY, 0)
	fmt.Println(err)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output:
	// openat no/such/file: no such file or directory
	// true
}

func ExampleIO_BackendsPassed() {
	aio, err := await.Start(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	if why := aio.BackendsPassed(); why != nil {
		fmt.Fprintf(os.Stderr, "using %s: %v\n", aio.Backend(), why)
	}
	// Output:
}
