//go:build unix

package proactor_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// started is a proactor that runs until stop closes it.
func started() (p *proactor.Proactor, stop func()) {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	go func() { _ = p.Run(context.Background()) }()
	return p, func() {
		if err := p.Close(); err != nil {
			log.Fatal(err)
		}
		<-p.Done()
	}
}

// result submits one operation, and waits for its result.
func result(submit func(c *proactor.Completion, done proactor.Callback) error) proactor.Result {
	results := make(chan proactor.Result, 1) // the callback must not block the loop
	err := submit(new(proactor.Completion), func(_ *proactor.Completion, r proactor.Result) { results <- r })
	if err != nil {
		log.Fatal(err) // nothing was submitted, and there is no callback
	}
	return <-results
}

// A connection by descriptors: the caller makes sockets, and closes them by way of the proactor.
func ExampleProactor() {
	p, stop := started()
	defer stop()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err == nil {
			fmt.Fprint(c, "welcome")
			c.Close()
		}
	}()

	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.Socket(c, unix.AF_INET, unix.SOCK_STREAM, 0, done)
	})
	fd := r.N
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.ConnectWithTimeout(c, fd, l.Addr(), time.Minute, done)
	})
	fmt.Println("connect:", r.Err)
	buf := make([]byte, 64) // the proactor's until the callback
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.Recv(c, fd, buf, unix.MSG_WAITALL, done)
	})
	fmt.Println("recv:", string(buf[:r.N]), r.Err)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.CloseFD(c, fd, done) })
	fmt.Println("close:", r.Err)
	// Output:
	// connect: <nil>
	// recv: welcome <nil>
	// close: <nil>
}

// A record that is on the device when the callback runs.
func ExampleProactor_WriteSync() {
	p, stop := started()
	defer stop()
	dir, err := os.MkdirTemp("", "proactor")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "log")

	fd := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.OpenAt(c, proactor.AtCWD, name, os.O_CREATE|os.O_RDWR, 0o600, done)
	}).N
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.WriteSync(c, fd, []byte("record"), 0, proactor.FsyncDataOnly, done)
	})
	fmt.Println(r.N, r.Err)
	buf := make([]byte, 64)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.Read(c, fd, buf, 3, done) })
	fmt.Println(string(buf[:r.N]), r.Err)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.CloseFD(c, fd, done) })
	fmt.Println(r.Err)
	// Output:
	// 6 <nil>
	// ord <nil>
	// <nil>
}

// The error says which operation failed, on what, and why.
func ExampleOpError() {
	p, stop := started()
	defer stop()
	var stat proactor.Stat
	err := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.Statx(c, proactor.AtCWD, "/no/such/file", 0, 0, &stat, done)
	}).Err
	var failed *proactor.OpError
	fmt.Println(errors.Is(err, os.ErrNotExist), errors.As(err, &failed), failed.Op, failed.Timeout())
	// Output: true true statx false
}

// The program's own goroutine drives the loop, and stops an operation that takes too long.
func ExampleProactor_RequestCancel() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var long, short proactor.Completion
	err = p.Timeout(&long, time.Hour, func(_ *proactor.Completion, r proactor.Result) {
		fmt.Println("long:", errors.Is(r.Err, proactor.ErrCanceled))
		cancel()
	})
	if err != nil {
		log.Fatal(err)
	}
	err = p.Timeout(&short, time.Millisecond, func(_ *proactor.Completion, r proactor.Result) {
		fmt.Println("short:", r.Err)
		p.RequestCancel(&long) // its own callback says what became of it
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Run(ctx))
	// Output:
	// short: <nil>
	// long: true
	// context canceled
}

// An operation under way gets more time: as when a client shows a sign of life.
func ExampleProactor_SetDeadline() {
	p, stop := started()
	defer stop()
	var c proactor.Completion
	c.SetDeadline(time.Now().Add(time.Hour))
	results := make(chan proactor.Result, 1)
	var e proactor.Event // nobody triggers it
	if err := p.OnTrigger(&c, &e, func(_ *proactor.Completion, r proactor.Result) { results <- r }); err != nil {
		log.Fatal(err)
	}
	p.SetDeadline(&c, time.Now().Add(time.Millisecond))
	fmt.Println(errors.Is((<-results).Err, os.ErrDeadlineExceeded))
	// Output: true
}

// Another goroutine has something for the loop, whose memory only the loop touches.
func ExampleEvent() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var c proactor.Completion
	var e proactor.Event
	if err := p.OnTrigger(&c, &e, func(*proactor.Completion, proactor.Result) {
		fmt.Println("the loop takes it")
		cancel()
	}); err != nil {
		log.Fatal(err)
	}
	go p.Trigger(&e)
	fmt.Println(p.Run(ctx))
	// Output:
	// the loop takes it
	// context canceled
}

// A game or a simulation has a loop of its own: one round of the proactor for each of its own.
func ExampleProactor_Tick() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	var c proactor.Completion
	frames := 0
	var next proactor.Callback
	next = func(c *proactor.Completion, _ proactor.Result) {
		if frames++; frames < 3 {
			if err := p.NextTick(c, next); err != nil { // c is free again
				log.Fatal(err)
			}
		}
	}
	if err := p.NextTick(&c, next); err != nil {
		log.Fatal(err)
	}
	for frames < 3 {
		if err := p.Tick(); err != nil { // does not block
			log.Fatal(err)
		}
	}
	fmt.Println(frames)
	// Output: 3
}

// A datagram, and where it came from.
func ExampleMessage() {
	p, stop := started()
	defer stop()
	a, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	f, err := a.File() // another descriptor of the same socket
	if err != nil {
		log.Fatal(err)
	}
	a.Close()
	defer f.Close()
	to := a.LocalAddr()
	out := proactor.Message{Buffers: [][]byte{[]byte("head "), []byte("body")}, To: to} // to itself
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.SendMsg(c, int(f.Fd()), &out, 0, done)
	})
	fmt.Println(r.N, r.Err)
	buf := make([]byte, 1500)
	in := proactor.Message{Buffers: [][]byte{buf}}
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.RecvMsgWithTimeout(c, int(f.Fd()), &in, 0, time.Minute, done)
	})
	fmt.Println(string(buf[:r.N]), in.From().String() == to.String(), in.Flags&unix.MSG_TRUNC != 0)
	// Output:
	// 9 <nil>
	// head body true false
}

// How many operations of each kind there were, and how long nine of ten of those that waited took.
func ExampleHistogram() {
	p, stop := started()
	defer stop()
	for range 10 {
		result(func(c *proactor.Completion, done proactor.Callback) error {
			return p.Timeout(c, time.Millisecond, done)
		})
	}
	for _, k := range p.Kinds() {
		fmt.Println(k.Op, k.Begun, k.Failed, k.Latency.Quantile(0.9) >= time.Millisecond/2)
	}
	// Output: timeout 10 0 true
}

// What a proactor that seems to do nothing waits for, and whether its loop answers at all.
func ExampleProactor_Operations() {
	p, stop := started()
	defer stop()
	var c proactor.Completion
	if err := p.Timeout(&c, time.Hour, func(*proactor.Completion, proactor.Result) {}); err != nil {
		log.Fatal(err)
	}
	var under []proactor.Operation
	for len(under) == 0 { // the loop has not taken it up yet
		under = p.Operations(10)
	}
	for _, o := range under {
		fmt.Println(o.Op, o.State, o.Deadline.After(o.Since))
	}
	if state := p.LoopState(); state.Stalled {
		fmt.Println("the loop stands still in", state.Phase)
	}
	// Output: timeout waiting true
}

// A server that answers each connection by its address, as it accepts one after the other.
func ExampleProactor_AcceptFrom() {
	p, stop := started()
	defer stop()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	f, err := l.File() // another descriptor of the same socket
	if err != nil {
		log.Fatal(err)
	}
	l.Close()
	defer f.Close()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	var from proactor.Peer // the proactor's until the callback
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.AcceptFrom(c, int(f.Fd()), 0, &from, done)
	})
	if r.Err != nil {
		log.Fatal(r.Err)
	}
	fmt.Println(from.AddrPort().String() == client.LocalAddr().String())
	fd := r.N // the program's to close
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.SendWithTimeout(c, fd, []byte("hello"), 0, time.Minute, done)
	})
	fmt.Println(r.N, r.Err)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.CloseFD(c, fd, done) })
	fmt.Println(r.Err)
	// Output:
	// true
	// 5 <nil>
	// <nil>
}
