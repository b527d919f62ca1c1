package timeout_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
	"github.com/awaitio/awaitio/timeout"
)

func ExampleAfterFunc() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := timeout.AfterFunc(p, time.Millisecond, func() {
		fmt.Println("time is up")
		cancel()
	}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Run(ctx))
	// Output:
	// time is up
	// context canceled
}

// An operation's own limit.
func Example_limit() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	defer w.Close()

	ctx, cancel := context.WithCancel(context.Background())
	var c proactor.Completion
	c.SetTimeout(time.Millisecond)
	err = p.Poll(&c, int(r.Fd()), unix.POLLIN,
		func(_ *proactor.Completion, got proactor.Result) {
			fmt.Println("nothing to read:", got.Err.(*proactor.OpError).Err)
			cancel()
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.Run(ctx)
	// Output: nothing to read: i/o timeout
}

func ExampleDeadline() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	defer w.Close()

	ctx, cancel := context.WithCancel(context.Background())
	var d timeout.Deadline
	var c proactor.Completion
	err = d.Submit(p, &c, func() error {
		return p.Poll(&c, int(r.Fd()), unix.POLLIN, func(c *proactor.Completion, got proactor.Result) {
			d.Release(c)
			fmt.Println(got.Err.(*proactor.OpError).Err)
			cancel()
		})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Time().IsZero()) // there is none yet
	d.Set(time.Now())              // moves the deadline of the operation that is under way
	p.Run(ctx)
	// Output:
	// true
	// i/o timeout
}

// A connection is closed when nothing has come for a while: each sign of life begins anew.
func ExampleTimer() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	idle := timeout.NewTimer(p, func() { // on the loop: it must not block
		fmt.Println("idle for too long")
		cancel()
	})
	if _, err := idle.Reset(time.Hour); err != nil {
		fmt.Println(err)
		return
	}
	running, err := idle.Reset(time.Millisecond)
	fmt.Println(running, err)
	running, err = idle.ResetAt(time.Now().Add(2 * time.Millisecond)) // an instant, in its place
	fmt.Println(running, err)
	fmt.Println(p.Run(ctx))
	fmt.Println(idle.Stop()) // it has fired
	// Output:
	// true <nil>
	// true <nil>
	// idle for too long
	// context canceled
	// false
}
