// Command async_tcp_echo_server sends its clients back what they send, in
// sequential style: a goroutine for each of them, which calls Recv and Send by
// turns. All their operations go through one proactor.
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
	cli.About("Sends its clients back what they send (blocking calls).")
	log.SetFlags(0)
	if err := run(cli.Interruptible(), cli.Addr()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr *net.TCPAddr) error {
	aio, err := await.Default()
	if err != nil {
		return err
	}
	listener, err := tcp.Listen(addr)
	if err != nil {
		return err
	}
	serve(ctx, aio, listener)
	return aio.CloseFD(ctx, listener)
}

// serve accepts clients until ctx ends, and returns when all have been served.
func serve(ctx context.Context, aio *await.IO, listener int) {
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
		clients.Go(func() { handle(ctx, aio, fd) })
	}
}

// handle serves one client. Its failure is a line in the log, and none of the
// others' business.
func handle(ctx context.Context, aio *await.IO, fd int) {
	err := echo(ctx, aio, fd)
	if err != io.EOF && !errors.Is(err, proactor.ErrCanceled) {
		log.Print(err)
	}
	if err := aio.CloseFD(ctx, fd); err != nil {
		log.Print(err)
	}
}

// echo returns the error that ends it: io.EOF when the client has left.
func echo(ctx context.Context, aio *await.IO, fd int) error {
	buf := make([]byte, 1024)
	for {
		n, err := aio.Recv(ctx, fd, buf, 0)
		if err != nil {
			return err
		}
		if _, err := aio.Send(ctx, fd, buf[:n], 0); err != nil {
			return err
		}
	}
}
