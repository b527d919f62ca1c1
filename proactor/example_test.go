//go:build unix

package proactor_test

import (
	"context"
	"fmt"
	"os"

	"github.com/awaitio/awaitio/proactor"
)

// Three writes reach the kernel together.
func ExampleProactor_Flush() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	go func() { _ = p.Run(context.Background()) }()

	f, err := os.CreateTemp("", "flush")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())
	defer f.Close()

	results := make(chan proactor.Result, 3)
	var writes [3]proactor.Completion
	for i := range writes {
		c := &writes[i]
		c.SetBatched()
		err := p.Write(c, int(f.Fd()), []byte("abc"), int64(3*i), func(_ *proactor.Completion, r proactor.Result) {
			results <- r
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	p.Flush()

	for range writes {
		r := <-results
		fmt.Println(r.N, r.Err)
	}
	// Output:
	// 3 <nil>
	// 3 <nil>
	// 3 <nil>
}

func ExampleProactor_BackendsPassed() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	if why := p.BackendsPassed(); why != nil {
		fmt.Fprintf(os.Stderr, "using %s: %v\n", p.Backend(), why)
	}
	// Output:
}

// A descriptor that is closed past the proactor.
func ExampleProactor_Settle() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	go func() { _ = p.Run(context.Background()) }()

	f, err := os.CreateTemp("", "settle")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(f.Name())

	written := make(chan proactor.Result, 1)
	err = p.Write(new(proactor.Completion), int(f.Fd()), []byte("abc"), 0, func(_ *proactor.Completion, r proactor.Result) {
		written <- r
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println((<-written).N)

	p.Settle()
	fmt.Println(f.Close()) // nothing has the file open now
	// Output:
	// 3
	// <nil>
}

// A read of a pipe, which the proactor need not ask the kernel about.
func ExampleCompletion_SetStream() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	go func() { _ = p.Run(context.Background()) }()

	r, w, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Fprint(w, "hello")
	w.Close()

	var c proactor.Completion
	buf := make([]byte, 10)
	read := make(chan proactor.Result, 1)
	c.SetStream()
	err = p.Read(&c, int(r.Fd()), buf, proactor.CurrentPosition, func(_ *proactor.Completion, r proactor.Result) { read <- r })
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", buf[:(<-read).N])
	// Output: hello
}
