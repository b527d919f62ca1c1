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

// A loop that does something else between its rounds, and drives the proactor in its pauses.
func ExampleProactor_RunFor() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	fired := false
	var c proactor.Completion
	err = p.Timeout(&c, time.Millisecond, func(*proactor.Completion, proactor.Result) { fired = true })
	if err != nil {
		log.Fatal(err)
	}
	for !fired {
		if err := p.RunFor(time.Millisecond); err != nil { // nil: the time is over
			log.Fatal(err)
		}
	}
	fmt.Println(fired)
	// Output: true
}

// With a limit on what may queue, a submitter waits for its turn instead of filling memory.
func ExampleProactor_WaitForRoom() {
	p, err := proactor.New(proactor.Config{MaxQueued: 4})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = p.Run(ctx) }()
	const operations = 100
	done := make(chan struct{}, operations) // the callback must not block the loop
	for range operations {
		c := new(proactor.Completion)
		submit := func() error {
			return p.Nop(c, func(*proactor.Completion, proactor.Result) { done <- struct{}{} })
		}
		err := submit()
		for errors.Is(err, proactor.ErrQueueFull) {
			if err = p.WaitForRoom(ctx); err == nil {
				err = submit() // another submitter may be faster: then wait again
			}
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	for range operations {
		<-done
	}
	fmt.Println("all are complete")
	// Output: all are complete
}

// A header and a body in different buffers, on a file that may be on a mount that hangs.
func ExampleProactor_WriteV() {
	p, stop := started()
	defer stop()
	dir, err := os.MkdirTemp("", "proactor")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fd := result(func(c *proactor.Completion, done proactor.Callback) error {
		c.SetMayHang() // for the next submission of c
		return p.OpenAt(c, proactor.AtCWD, filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR, 0o600, done)
	}).N
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		c.SetMayHang()
		return p.WriteV(c, fd, [][]byte{[]byte("head"), []byte("body")}, 0, done)
	})
	fmt.Println(r.N, r.Err)
	head, body := make([]byte, 4), make([]byte, 4)
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		c.SetMayHang()
		return p.ReadV(c, fd, [][]byte{head, body}, 0, done)
	})
	fmt.Printf("%s %s %v\n", head, body, r.Err)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.CloseFD(c, fd, done) })
	fmt.Println(r.Err)
	// Output:
	// 8 <nil>
	// head body <nil>
	// <nil>
}

// The shares of a histogram, as a monitor shows them.
func ExampleHistogram_Buckets() {
	p, stop := started()
	defer stop()
	result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.Timeout(c, 5*time.Millisecond, done)
	})
	for _, k := range p.Kinds() {
		n := uint64(0)
		for _, operations := range k.Latency.Buckets() { // by upper bound, in order
			n += operations
		}
		fmt.Println(k.Op, n, k.Latency.Count)
	}
	// Output: timeout 1 1
}

// fileOf is another descriptor of a socket of package net, which is closed.
func fileOf(s interface {
	File() (*os.File, error)
	Close() error
}) *os.File {
	f, err := s.File()
	if err != nil {
		log.Fatal(err)
	}
	s.Close()
	return f
}

// A server of unix sockets tells its clients apart by their names.
func ExamplePeer() {
	p, stop := started()
	defer stop()
	dir, err := os.MkdirTemp("", "proactor")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := func(base string) *net.UnixAddr {
		return &net.UnixAddr{Name: filepath.Join(dir, base), Net: "unix"}
	}
	l, err := net.ListenUnix("unix", name("server"))
	if err != nil {
		log.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	f := fileOf(l)
	defer f.Close()
	client, err := net.DialUnix("unix", name("client"), name("server"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	var from proactor.Peer
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.AcceptFrom(c, int(f.Fd()), 0, &from, done)
	})
	fmt.Println(filepath.Base(from.Unix()), from.AddrPort().IsValid(), r.Err)
	r = result(func(c *proactor.Completion, done proactor.Callback) error { return p.CloseFD(c, r.N, done) })
	fmt.Println(r.Err)
	// Output:
	// client false <nil>
	// <nil>
}

// A datagram of a unix socket, and who sent it.
func ExampleMessage_FromUnix() {
	p, stop := started()
	defer stop()
	dir, err := os.MkdirTemp("", "proactor")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "inbox"), Net: "unixgram"})
	if err != nil {
		log.Fatal(err)
	}
	to := c.LocalAddr()
	f := fileOf(c)
	defer f.Close()
	out := proactor.Message{Buffers: [][]byte{[]byte("hello")}, To: to} // to itself
	r := result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.SendMsg(c, int(f.Fd()), &out, 0, done)
	})
	fmt.Println(r.N, r.Err)
	buf := make([]byte, 64)
	in := proactor.Message{Buffers: [][]byte{buf}}
	r = result(func(c *proactor.Completion, done proactor.Callback) error {
		return p.RecvMsg(c, int(f.Fd()), &in, unix.MSG_DONTWAIT, done)
	})
	fmt.Println(string(buf[:r.N]), filepath.Base(in.FromUnix()), r.Err)
	// Output:
	// 5 <nil>
	// hello inbox <nil>
}
