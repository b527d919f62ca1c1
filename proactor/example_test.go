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

func ExampleProactor_Choice() {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	if chosen := p.Choice(); chosen.FellBack() {
		fmt.Fprintf(os.Stderr, "%s on %s: %v\n", chosen.Backend, chosen.System, chosen.Refused[0].Err)
	}
	// Output:
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
