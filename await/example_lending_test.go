//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/await"
)

// temporaryFile has ten bytes. remove closes and removes it.
func temporaryFile(config await.FileConfig) (f *await.File, remove func()) {
	dir, err := os.MkdirTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		log.Fatal(err)
	}
	f, err = config.Open(context.Background(), path, os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	return f, func() {
		_ = f.Close()
		if err := os.RemoveAll(dir); err != nil {
			log.Fatal(err)
		}
	}
}

// No call on the file outlasts its context, also where the disk stands still.
func ExampleFileConfig_lending() {
	f, remove := temporaryFile(await.FileConfig{Lending: await.LendAlways})
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p := make([]byte, 1<<20)
	n, err := f.ReadContext(ctx, p)
	if errors.Is(err, await.ErrLeft) {
		log.Print("the disk stands still; p is ours all the same")
	}
	fmt.Println(n, err)
	// Output: 10 <nil>
}

// The memory of a Buffer is not copied, and the context ends the read on any device.
func ExampleBuffer() {
	f, remove := temporaryFile(await.FileConfig{})
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	b := await.NewBuffer(4)
	if _, err := f.ReadBufferAt(ctx, b, 3); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", b.Bytes()) // asked for after the call: one that was left has the old ones
	// Output: 3456
}

func ExampleFile_ReadBufferAt() {
	f, remove := temporaryFile(await.FileConfig{})
	defer remove()
	b := await.NewBuffer(8)
	n, err := f.ReadBufferAt(context.Background(), b, 6)
	fmt.Printf("%q, %v\n", b.Bytes()[:n], err)
	// Output: "6789", EOF
}

func ExampleFile_WriteBufferAt() {
	f, remove := temporaryFile(await.FileConfig{})
	defer remove()
	b := await.NewBuffer(2)
	copy(b.Bytes(), "xy")
	fmt.Println(f.WriteBufferAt(context.Background(), b, 4))
	all, err := os.ReadFile(f.Name())
	fmt.Printf("%s %v\n", all, err)
	// Output:
	// 2 <nil>
	// 0123xy6789 <nil>
}

// A deadline ends reads and writes of a regular file, and those to come.
func ExampleFile_SetDeadline_regular() {
	f, remove := temporaryFile(await.FileConfig{})
	defer remove()
	if err := f.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		log.Fatal(err)
	}
	_, err := f.Read(make([]byte, 4))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true
}

// What is under way has ten seconds to end. Servers are shut down before, so that nothing begins.
func ExampleIO_Shutdown() {
	aio, err := await.Start(await.Config{})
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = aio.Shutdown(ctx)
	var left *await.LeftError
	if errors.As(err, &left) {
		for _, o := range left.Operations {
			log.Printf("did not end: %s %s since %v", o.Op, o.Target, o.Since)
		}
	}
	fmt.Println(err)
	// Output: <nil>
}
