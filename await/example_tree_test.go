//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/awaitio/awaitio/await"
)

// newTree is a directory with a file, that remove removes.
func newTree() (dir string, remove func()) {
	dir, err := await.MkdirTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	if err := await.WriteFile(filepath.Join(dir, "file"), []byte("hello"), 0o600); err != nil {
		log.Fatal(err)
	}
	return dir, func() {
		if err := await.RemoveAll(dir); err != nil {
			log.Fatal(err)
		}
	}
}

func ExampleCreateTemp() {
	f, err := await.CreateTemp("", "report-*.txt")
	if err != nil {
		log.Fatal(err)
	}
	defer await.Remove(f.Name())
	defer f.Close()
	matched, err := filepath.Match("report-*.txt", filepath.Base(f.Name()))
	fmt.Println(matched, err)
	// Output: true <nil>
}

func ExampleMkdirTemp() {
	dir, err := await.MkdirTemp("", "build-")
	if err != nil {
		log.Fatal(err)
	}
	defer await.RemoveAll(dir)
	info, err := await.Stat(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode())
	// Output: drwx------
}

// A context ends a call that waits until it may block a thread, or that has not begun.
func ExampleMkdirAllContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(await.MkdirAllContext(ctx, filepath.Join(dir, "a/b"), 0o700))
	cancel()
	err := await.MkdirAllContext(ctx, filepath.Join(dir, "c"), 0o700)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// <nil>
	// true
}

func ExampleTruncate() {
	dir, remove := newTree()
	defer remove()
	name := filepath.Join(dir, "file")
	if err := await.Truncate(name, 4); err != nil {
		log.Fatal(err)
	}
	data, err := await.ReadFile(name)
	fmt.Printf("%s %v\n", data, err)
	// Output: hell <nil>
}

func ExampleChown() {
	dir, remove := newTree()
	defer remove()
	fmt.Println(await.Chown(filepath.Join(dir, "file"), os.Getuid(), os.Getgid()))
	// Output: <nil>
}

func ExampleLchown() {
	dir, remove := newTree()
	defer remove()
	link := filepath.Join(dir, "link")
	if err := await.Symlink("nothing", link); err != nil {
		log.Fatal(err)
	}
	fmt.Println(await.Lchown(link, -1, os.Getgid()))
	fmt.Println(errors.Is(await.Chown(link, -1, os.Getgid()), fs.ErrNotExist))
	// Output:
	// <nil>
	// true
}

func ExampleCopyFS() {
	dir, remove := newTree()
	defer remove()
	site := fstest.MapFS{"index.html": {Data: []byte("<p>")}, "css/style.css": {Data: []byte("p{}")}}
	if err := await.CopyFS(filepath.Join(dir, "site"), site); err != nil {
		log.Fatal(err)
	}
	data, err := await.ReadFile(filepath.Join(dir, "site/css/style.css"))
	fmt.Printf("%s %v\n", data, err)
	// Output: p{} <nil>
}

func ExamplePipe() {
	r, w, err := await.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		fmt.Fprint(w, "by way of the kernel")
	}()
	data, err := io.ReadAll(r)
	fmt.Printf("%s %v\n", data, err)
	// Output: by way of the kernel <nil>
}

// No name leads out of a Root.
func ExampleOpenRoot() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	data, err := root.ReadFile("file")
	fmt.Printf("%s %v\n", data, err)
	_, err = root.Open("../file")
	fmt.Println(err)
	// Output:
	// hello <nil>
	// openat ../file: path escapes from parent
}

func ExampleOpenInRoot() {
	dir, remove := newTree()
	defer remove()
	f, err := await.OpenInRoot(dir, "file")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	_, err = await.OpenInRoot(dir, "/etc/passwd")
	fmt.Println(err)
	// Output: openat /etc/passwd: path escapes from parent
}

func ExampleRoot_OpenFileContext() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	f, err := root.OpenFileContext(ctx, "new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.WriteContext(ctx, []byte("contents")))
	fmt.Println(f.Close())
	// Output:
	// 8 <nil>
	// <nil>
}

func ExampleRoot_FS() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*")
	fmt.Println(names, err)
	// Output: [file] <nil>
}

// Package fs has no contexts. A tree that bears one ends what waits in it: here a walk of a mount that
// might not answer.
func ExampleDirFSContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := fs.WalkDir(await.DirFSContext(ctx, dir), ".", func(path string, _ fs.DirEntry, err error) error {
		fmt.Println(path)
		return err
	})
	fmt.Println(err)
	// Output:
	// .
	// file
	// <nil>
}

// Calls on a Root with a context: one that has ended begins nothing.
func ExampleRoot_StatContext() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	ctx, cancel := context.WithCancel(context.Background())
	info, err := root.StatContext(ctx, "file")
	fmt.Println(info.Size(), err)
	cancel()
	_, err = root.StatContext(ctx, "file")
	fmt.Println(err)
	// Output:
	// 5 <nil>
	// statat file: context canceled
}

func ExampleRoot_FSContext() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	data, err := fs.ReadFile(root.FSContext(context.Background()), "file")
	fmt.Printf("%s %v\n", data, err)
	// Output: hello <nil>
}
