//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"runtime/pprof"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A list of what waits, oldest first, with the names that the program gave.
func ExampleIO_Operations() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	r, w, err := aio.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	r.SetLabel("commands")
	ctx, cancel := context.WithCancel(pprof.WithLabels(context.Background(), pprof.Labels("tenant", "blue")))
	read := make(chan error)
	go func() {
		_, err := r.ReadContext(ctx, make([]byte, 64))
		read <- err
	}()
	for len(aio.Operations(1)) == 0 {
		time.Sleep(time.Millisecond)
	}
	for _, o := range aio.Operations(10) {
		fmt.Println(o.Op, o.Label, o.Labels["tenant"], o.Size, o.State, time.Since(o.Since) < time.Minute)
	}
	cancel()
	fmt.Println(<-read)
	// Output:
	// read commands blue 64 in flight true
	// read |0: context canceled
}

// How often each kind of call was made, and how long it took.
func ExampleIO_Kinds() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	_ = aio.Sleep(context.Background(), 2*time.Millisecond)
	for _, k := range aio.Kinds() {
		if k.Op == "timeout" {
			fmt.Println(k.Op, k.Ended, k.Latency.Quantile(0.99) > time.Millisecond)
		}
	}
	// Output: timeout 1 true
}

// A loop that does not go round holds up all its calls.
func ExampleIO_Loops() {
	aio, err := await.Start(await.Config{Loops: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer aio.Close()
	for _, l := range aio.Loops() {
		if l.Stalled {
			fmt.Println("loop", l.Loop, "is in", l.Phase, "since", l.Since)
		}
	}
	// Output:
}

// The mounts that may hang, as NFS and FUSE, and that had calls: how they do.
func ExampleIO_Mounts() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer aio.Close()
	for _, m := range aio.Mounts() {
		if m.Health != await.MountWell {
			fmt.Fprintf(os.Stderr, "%s: %s, %d calls stuck\n", m.Mount, m.Health, m.Stuck)
		}
	}
	// Output:
}

// A server that does not answer is told from a file that is not there. Other mounts are not affected.
func ExampleStuckError() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := await.StatContext(ctx, os.TempDir())
	var stuck *await.StuckError
	switch {
	case errors.As(err, &stuck):
		fmt.Fprintf(os.Stderr, "%s does not answer: %v\n", stuck.Mount, stuck)
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(os.Stderr, "no such file")
	}
	fmt.Println(err)
	// Output: <nil>
}
