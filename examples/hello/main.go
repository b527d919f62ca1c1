// Command hello writes a line to the standard output: one operation, one
// callback.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/proactor"
)

func main() {
	cli.About(`Writes "Hello world" to the standard output.`)
	log.SetFlags(0)
	cli.NoArguments()
	if err := hello(int(os.Stdout.Fd())); err != nil {
		log.Fatal(err)
	}
}

func hello(fd int) error {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		return err
	}
	defer p.Close()

	var c proactor.Completion
	var failure error
	// An offset of 0 would overwrite the beginning of a file, and a pipe or a
	// terminal has no offsets at all.
	err = p.Write(&c, fd, []byte("Hello world\n"), proactor.CurrentPosition,
		func(_ *proactor.Completion, r proactor.Result) {
			failure = errors.Join(r.Err, p.Close()) // nothing more to do: Run returns
		})
	if err != nil {
		return err
	}
	if err := p.Run(context.Background()); err != nil {
		return err
	}
	return failure
}
