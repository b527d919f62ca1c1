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
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	listener, addr, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		conn, err := aio.Accept(ctx, listener, 0)
		if err != nil {
			log.Fatal(err)
		}
		buf := make([]byte, 64)
		n, err := aio.Recv(ctx, conn, buf, 0)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := aio.Send(ctx, conn, buf[:n], 0); err != nil {
			log.Fatal(err)
		}
		if err := aio.CloseFD(ctx, conn); err != nil {
			log.Fatal(err)
		}
	}()

	conn, err := aio.Socket(ctx, unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	if err := aio.ConnectWithTimeout(ctx, conn, addr, time.Second); err != nil {
		log.Fatal(err)
	}
	if _, err := aio.Send(ctx, conn, []byte("hello"), 0); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 64)
	n, err := aio.RecvWithTimeout(ctx, conn, buf, 0, 10*time.Second)
	fmt.Printf("%s %v\n", buf[:n], err)
	_, err = aio.Recv(ctx, conn, buf, 0)
	fmt.Println(err)
	if err := errors.Join(aio.CloseFD(ctx, conn), aio.CloseFD(ctx, listener)); err != nil {
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
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err) // nothing of what this system has can be used
	}
	fmt.Println(aio.Sleep(context.Background(), time.Millisecond)) // nobody has to close it
	// Output: <nil>
}

func ExampleStart() {
	aio, err := await.Start(await.Config{Entries: 64})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Nop(context.Background()))
	fmt.Println(aio.Close())
	// Output:
	// <nil>
	// <nil>
}

func ExampleIO_Close() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	sleep := aio.Async().Sleep(time.Hour)
	if err := aio.Close(); err != nil {
		log.Fatal(err)
	}
	_, err = sleep.Await(context.Background())
	fmt.Println(errors.Is(err, net.ErrClosed))
	fmt.Println(errors.Is(aio.Nop(context.Background()), net.ErrClosed))
	// Output:
	// true
	// true
}

// The three ends of a call.
func ExampleIO_Sleep() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Sleep(context.Background(), time.Millisecond))

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err = aio.Sleep(ctx, time.Hour)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, proactor.ErrCanceled))
	// Output:
	// <nil>
	// true true
}

func ExampleIO_Nop() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Nop(context.Background()))
	// Output: <nil>
}

// A receive with a callback, on a socket that is written to and closed by calls.
func ExampleIO_ProactorOf() {
	ctx := context.Background()
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		log.Fatal(err)
	}
	p, err := aio.ProactorOf(pair[0])
	if err != nil {
		log.Fatal(err)
	}
	var c proactor.Completion
	buf, called := make([]byte, 64), make(chan proactor.Result, 1)
	if err := p.Recv(&c, pair[0], buf, 0, func(_ *proactor.Completion, r proactor.Result) { called <- r }); err != nil {
		log.Fatal(err)
	}
	if _, err := aio.Send(ctx, pair[1], []byte("hello"), 0); err != nil {
		log.Fatal(err)
	}
	r := <-called
	fmt.Println(string(buf[:r.N]), r.Err)
	for _, fd := range pair {
		if err := aio.CloseFD(ctx, fd); err != nil {
			log.Fatal(err)
		}
	}
	// Output: hello <nil>
}

func ExampleIO_Backend() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Backend() != "")
	// Output: true
}

func ExampleIO_Stats() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	for range 10 {
		if err := aio.Nop(context.Background()); err != nil {
			log.Fatal(err)
		}
	}
	if err := aio.Close(); err != nil {
		log.Fatal(err)
	}
	stats := aio.Stats()
	fmt.Println(stats.Completed >= 10, stats.InFlight)
	// Output: true 0
}

// An error says which operation failed, on what, and why.
func ExampleIO_OpenAt_error() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	_, err = aio.OpenAt(context.Background(), proactor.AtCWD, "no/such/file", os.O_RDONLY, 0)
	fmt.Println(err)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output:
	// openat no/such/file: no such file or directory
	// true
}

// A program that expects io_uring says so at its start where the system does not let it.
func ExampleIO_Choice() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	chosen := aio.Choice()
	for _, refused := range chosen.Refused {
		fmt.Fprintf(os.Stderr, "%s runs in place of %s: %v\n", chosen.Backend, refused.Backend, refused.Err)
	}
	// Output:
}

// The first lines of main may set up what the functions of the package use.
func ExampleConfigureDefault() {
	err := await.ConfigureDefault(await.Config{Workers: 16, IdleTimeout: -1})
	if errors.Is(err, await.ErrInUse) {
		fmt.Fprintln(os.Stderr, "too late: something has done I/O before main")
	} else if err != nil {
		fmt.Println(err)
	}
	// Output:
}

func ExampleIO_BackendsPassed() {
	aio, err := await.Start(await.Config{})
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
