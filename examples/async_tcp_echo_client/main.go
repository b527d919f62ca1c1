// Command async_tcp_echo_client sends a line to an echo server and prints the
// answer, in sequential style: what the callbacks of tcp_echo_client do is four
// calls here, one below the other.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
)

const hello = "Hello from client!\n"

func main() {
	cli.About("Sends a greeting to an echo server and prints the answer (blocking calls).")
	log.SetFlags(0)
	if err := run(context.Background(), cli.Addr()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr *net.TCPAddr) error {
	aio, err := await.Default()
	if err != nil {
		return err
	}
	fd, err := tcp.Socket(addr)
	if err != nil {
		return err
	}
	return errors.Join(greet(ctx, aio, fd, addr), aio.CloseFD(ctx, fd))
}

func greet(ctx context.Context, aio *await.IO, fd int, addr *net.TCPAddr) error {
	if err := aio.Connect(ctx, fd, addr); err != nil {
		return err
	}
	n, err := aio.Send(ctx, fd, []byte(hello), 0)
	if err != nil {
		return err
	}
	log.Printf("Sent:     %s", hello[:n])

	buf := make([]byte, 8192)
	n, err = aio.Recv(ctx, fd, buf, 0)
	if err != nil {
		return fmt.Errorf("no answer: %w", err) // io.EOF if the server just left
	}
	log.Printf("Received: %s", buf[:n])
	return nil
}
