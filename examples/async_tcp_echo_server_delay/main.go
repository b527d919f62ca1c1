// Command async_tcp_echo_server_delay is async_tcp_echo_server with a pause
// before each answer: one more line, a Sleep that parks the goroutine of the one
// client.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
	"github.com/awaitio/awaitio/proactor"
)

func main() {
	cli.About("Sends its clients back what they send, after a delay (blocking calls).")
	log.SetFlags(0)
	addr, delay := cli.AddrAndMillis("delay", time.Second)
	if err := run(cli.Interruptible(), addr, delay); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr *net.TCPAddr, delay time.Duration) error {
	aio, err := await.Default()
	if err != nil {
		return err
	}
	listener, err := tcp.Listen(addr)
	if err != nil {
		return err
	}
	log.Printf("delay=%d ms.", delay.Milliseconds())
	serve(ctx, aio, listener, delay)
	return aio.CloseFD(ctx, listener)
}

// serve accepts clients until ctx ends, and returns when all have been served.
func serve(ctx context.Context, aio *await.IO, listener int, delay time.Duration) {
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		fd, err := aio.Accept(ctx, listener, 0)
		switch {
		case errors.Is(err, proactor.ErrCanceled):
			return
		case err != nil:
			log.Print(err)
			// A process that has no descriptor left would only fail again at once.
			_ = aio.Sleep(ctx, 100*time.Millisecond)
			continue
		}
		clients.Go(func() { handle(ctx, aio, fd, delay) })
	}
}

// handle serves one client. Its failure is a line in the log, and none of the
// others' business.
func handle(ctx context.Context, aio *await.IO, fd int, delay time.Duration) {
	err := echo(ctx, aio, fd, delay)
	if err != io.EOF && !errors.Is(err, proactor.ErrCanceled) {
		log.Print(err)
	}
	if err := aio.CloseFD(ctx, fd); err != nil {
		log.Print(err)
	}
}

// echo returns the error that ends it: io.EOF when the client has left.
func echo(ctx context.Context, aio *await.IO, fd int, delay time.Duration) error {
	buf := make([]byte, 1024)
	for {
		n, err := aio.Recv(ctx, fd, buf, 0)
		if err != nil {
			return err
		}
		if err := aio.Sleep(ctx, delay); err != nil {
			return err
		}
		if _, err := aio.Send(ctx, fd, buf[:n], 0); err != nil {
			return err
		}
	}
}
