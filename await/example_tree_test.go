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

// Names are made, moved, listed and removed as with package os, and the errors are its too.
func ExampleRename() {
	dir, remove := newTree()
	defer remove()
	draft, final := filepath.Join(dir, "drafts"), filepath.Join(dir, "letters/2026")
	if err := await.Mkdir(draft, 0o700); err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors.Is(await.Mkdir(draft, 0o700), fs.ErrExist))
	if err := await.MkdirAll(filepath.Dir(final), 0o700); err != nil {
		log.Fatal(err)
	}
	if err := await.Rename(draft, final); err != nil {
		log.Fatal(err)
	}
	entries, err := await.ReadDir(dir)
	for _, e := range entries {
		fmt.Println(e.Name(), e.IsDir())
	}
	fmt.Println(err, errors.Is(await.Remove(draft), fs.ErrNotExist))
	// Output:
	// true
	// file false
	// letters true
	// <nil> true
}

// A second name for a file, and a symbolic link to it.
func ExampleLink() {
	dir, remove := newTree()
	defer remove()
	name, second, link := filepath.Join(dir, "file"), filepath.Join(dir, "second"), filepath.Join(dir, "link")
	if err := errors.Join(await.Link(name, second), await.Symlink("file", link)); err != nil {
		log.Fatal(err)
	}
	a, errA := await.Stat(name)
	b, errB := await.Stat(second)
	c, errC := await.Lstat(link) // of the link itself
	if err := errors.Join(errA, errB, errC); err != nil {
		log.Fatal(err)
	}
	fmt.Println(await.SameFile(a, b), await.SameFile(a, c), c.Mode().Type() == fs.ModeSymlink)
	fmt.Println(await.Readlink(link))
	// Output:
	// true false true
	// file <nil>
}

func ExampleChmod() {
	dir, remove := newTree()
	defer remove()
	name := filepath.Join(dir, "file")
	if err := await.Chmod(name, 0o400); err != nil {
		log.Fatal(err)
	}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	if err := await.Chtimes(name, time.Time{}, noon); err != nil { // the zero Time leaves a time as it is
		log.Fatal(err)
	}
	info, err := await.Stat(name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode(), info.ModTime().UTC())
	// Output: -r-------- 2026-06-01 12:00:00 +0000 UTC
}

// A directory as an fs.FS, for what takes one. For untrusted names use OpenRoot.
func ExampleDirFS() {
	dir, remove := newTree()
	defer remove()
	names, err := fs.Glob(await.DirFS(dir), "f*")
	fmt.Println(names, err)
	// Output: [file] <nil>
}

// A directory whose names all stay within it, links included.
func ExampleRoot() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	err = errors.Join(
		root.MkdirAll("inbox/new", 0o700),
		root.Mkdir("inbox/old", 0o700),
		root.WriteFile("inbox/new/1", []byte("hello"), 0o600),
		root.Rename("inbox/new/1", "inbox/old/1"),
		root.Link("inbox/old/1", "inbox/copy"),
		root.Symlink("../file", "inbox/link"),
		root.Symlink("/etc/passwd", "inbox/escape"),
		root.Chmod("inbox/old/1", 0o400),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(root.Readlink("inbox/link"))
	data, err := root.ReadFile("inbox/link")
	fmt.Println(string(data), err)
	_, err = root.ReadFile("inbox/escape")
	fmt.Println(err != nil)
	info, err := root.Lstat("inbox/escape") // looks at the link, and does not follow it
	fmt.Println(info.Mode().Type() == fs.ModeSymlink, err)
	fmt.Println(errors.Join(root.Remove("file"), root.RemoveAll("inbox")))
	// Output:
	// ../file <nil>
	// hello <nil>
	// true
	// true <nil>
	// <nil>
}
