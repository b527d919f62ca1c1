//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A call on a mount whose server is gone ends with its context.
func ExampleStatContext() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	info, err := await.StatContext(ctx, "/")
	switch {
	case errors.Is(err, await.ErrStuck):
		fmt.Println("the mount does not answer:", err)
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Println("not within a second:", err)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(info.Name())
	}
	// Output: /
}

// The size of a file system, of which nobody knows whether it answers.
func ExampleStatfsContext() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	info, err := await.StatfsContext(ctx, "/")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Size > 0, info.Available <= info.Size)
	// Output: true true
}

func ExampleReadDirContext() {
	dir, err := await.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer await.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := await.WriteFileContext(ctx, filepath.Join(dir, "a"), []byte("hello"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	entries, err := await.ReadDirContext(ctx, dir)
	fmt.Println(len(entries), entries[0].Name(), err)
	data, err := await.ReadFileContext(ctx, filepath.Join(dir, "a"))
	fmt.Println(string(data), err)
	// Output:
	// 1 a <nil>
	// hello <nil>
}

// Names that others have chosen stay below a directory, and calls on them end with a context.
func ExampleOpenRootContext() {
	dir, err := await.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer await.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	root, err := await.OpenRootContext(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()
	fmt.Println(root.MkdirAllContext(ctx, "2026/11", 0o700))
	fmt.Println(root.WriteFileContext(ctx, "2026/11/report", []byte("well"), 0o600))
	data, err := root.ReadFileContext(ctx, "2026/11/report")
	fmt.Println(string(data), err)
	_, err = root.ReadFileContext(ctx, "../outside")
	fmt.Println(err != nil)
	// Output:
	// <nil>
	// <nil>
	// well <nil>
	// true
}

// One file below a directory, and no more.
func ExampleOpenInRootContext() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f, err := await.OpenInRootContext(ctx, "/dev", "null")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	fmt.Println(filepath.Base(f.Name()))
	_, err = await.OpenInRootContext(ctx, "/dev", "../etc/passwd")
	fmt.Println(err != nil)
	// Output:
	// null
	// true
}
