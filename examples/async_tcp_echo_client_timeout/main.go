// Command async_tcp_echo_client_timeout is async_tcp_echo_client that waits for
// the answer only so long, in sequential style.
//
// It starts the receive and a timeout as futures and races them, as the article
// does. For just this purpose there is one call:
//
//	n, err := aio.RecvWithTimeout(ctx, fd, buf, 0, timeout)
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
	"github.com/awaitio/awaitio/proactor"
)

const hello = "Hello from client!\n"

func main() {
	cli.About("Sends a greeting to an echo server and waits a limited time for the answer (futures).")
	log.SetFlags(0)
	addr, timeout := cli.AddrAndMillis("timeout", 500*time.Millisecond)
	log.Printf("recv_timeout=%d ms.", timeout.Milliseconds())
	if err := run(context.Background(), addr, timeout); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, addr *net.TCPAddr, timeout time.Duration) error {
	aio, err := await.Default()
	if err != nil {
		return err
	}
	fd, err := tcp.Socket(addr)
	if err != nil {
		return err
	}
	return errors.Join(greet(ctx, aio, fd, addr, timeout), aio.CloseFD(ctx, fd))
}

func greet(ctx context.Context, aio *await.IO, fd int, addr *net.TCPAddr, timeout time.Duration) error {
	if err := aio.Connect(ctx, fd, addr); err != nil {
		return err
	}
	n, err := aio.Send(ctx, fd, []byte(hello), 0)
	if err != nil {
		return err
	}
	log.Printf("Sent:     %s", hello[:n])
	return recvWithTimeout(ctx, aio, fd, timeout)
}

// recvWithTimeout needs nothing that outlives it. When Race returns, the loser
// has been cancelled and is complete: the kernel is done with buf.
func recvWithTimeout(ctx context.Context, aio *await.IO, fd int, timeout time.Duration) error {
	buf := make([]byte, 8192)
	recv := aio.Async().Recv(fd, buf, 0)
	timer := aio.Async().Sleep(timeout)
	log.Print("submitted recv and timeout.")

	winner, err := await.Race(ctx, recv, timer)
	if err != nil {
		return err
	}
	log.Printf("resume frame after %s.", [...]string{"recv", "timeout"}[winner])

	n, err := recv.Await(ctx)
	switch {
	case errors.Is(err, proactor.ErrCanceled):
		log.Print("recv canceled.")
		log.Print("recvWithTimeoutCancelRecvCallback start")
		return nil
	case err != nil:
		return fmt.Errorf("no answer: %w", err) // io.EOF if the server just left
	}
	log.Printf("Received: %s", buf[:n]) // data that came is here even if the timeout won
	if _, err := timer.Await(ctx); errors.Is(err, proactor.ErrCanceled) {
		log.Print("recvWithTimeoutCancelTimeoutCallback start")
	}
	return nil
}
