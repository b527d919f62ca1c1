//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// Both directions of a connection at once, in one goroutine.
func ExampleIO_Async() {
	ctx := context.Background()
	aio, a, b := pair()
	defer closeAll(a, b)
	buf := make([]byte, 64)
	recv := aio.Async().Recv(b, buf, 0)
	send := aio.Async().Send(a, []byte("hello"), 0)
	sent, err := send.Await(ctx)
	fmt.Println(sent, err)
	n, err := recv.Await(ctx)
	fmt.Printf("%s %v\n", buf[:n], err)
	// Output:
	// 5 <nil>
	// hello <nil>
}

// When Race returns, the loser has ended, and its buffer is free.
func ExampleRace() {
	aio, a, b := pair()
	defer closeAll(a, b)
	buf := make([]byte, 64)
	recv := aio.Async().Recv(b, buf, 0)
	tick := aio.Async().Sleep(time.Millisecond)
	first, err := await.Race(context.Background(), recv, tick)
	fmt.Println(first, err)
	_, err = recv.Await(context.Background())
	fmt.Println(errors.Is(err, proactor.ErrCanceled))
	// Output:
	// 1 <nil>
	// true
}

func ExampleAll() {
	ctx := context.Background()
	aio, fd, _, remove := temporary()
	defer remove()
	one := aio.Async().Write(fd, []byte("hello "), 0)
	two := aio.Async().Write(fd, []byte("world"), 6)
	fmt.Println(await.All(ctx, one, two))

	// The first to fail cancels the others.
	sleep := aio.Async().Sleep(time.Hour)
	open := aio.Async().OpenAt(proactor.AtCWD, "no/such/file", os.O_RDONLY, 0)
	fmt.Println(await.All(ctx, sleep, open))
	// Output:
	// <nil>
	// openat no/such/file: no such file or directory
}

// A context that ends cancels the operation, and Await waits for its end.
func ExampleFuture_Await() {
	aio, a, b := pair()
	defer closeAll(a, b)
	recv := aio.Async().Recv(b, make([]byte, 64), 0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := recv.Await(ctx)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	_, again := recv.Await(context.Background())
	fmt.Println(again == err)
	// Output:
	// true
	// true
}

// A descriptor that was made when the cancellation came is closed.
func ExampleFuture_Cancel() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	socket := aio.Async().Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	socket.Cancel()
	_, err = socket.Await(context.Background())
	fmt.Println(errors.Is(err, proactor.ErrCanceled))
	// Output: true
}

func ExampleFuture_Done() {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	sleep := aio.Async().Sleep(time.Millisecond)
	select {
	case <-sleep.Done():
		fmt.Println("awake")
	case <-time.After(10 * time.Second):
		fmt.Println("overslept")
	}
	// Output: awake
}
