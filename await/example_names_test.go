//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A release is copied beside the old one, and takes its place at once. All of it ends with a context.
func ExampleCopyFSContext() {
	ctx, cancel := soon()
	defer cancel()
	dir, err := await.MkdirTempContext(ctx, "", "releases-")
	if err != nil {
		log.Fatal(err)
	}
	defer await.RemoveAll(dir)
	release, current := filepath.Join(dir, "2026-11"), filepath.Join(dir, "current")
	site := fstest.MapFS{"index.html": {Data: []byte("<p>")}}
	err = errors.Join(
		await.CopyFSContext(ctx, release, site),
		await.MkdirContext(ctx, filepath.Join(release, "logs"), 0o700),
		await.ChmodContext(ctx, filepath.Join(release, "index.html"), 0o444),
		await.SymlinkContext(ctx, "2026-11", current+".new"),
		await.RenameContext(ctx, current+".new", current), // replaces the link to the old one
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(await.ReadlinkContext(ctx, current))
	data, err := await.ReadFileContext(ctx, filepath.Join(current, "index.html"))
	fmt.Println(string(data), err)
	fmt.Println(await.RemoveAllContext(ctx, release))
	// Output:
	// 2026-11 <nil>
	// <p> <nil>
	// <nil>
}

// A file gets a second name, and is written beside it: the second name keeps what was there.
func ExampleCreateTempContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	name := filepath.Join(dir, "file")
	if err := await.LinkContext(ctx, name, name+".old"); err != nil {
		log.Fatal(err)
	}
	f, err := await.CreateTempContext(ctx, dir, "new-*")
	if err != nil {
		log.Fatal(err)
	}
	_, err = f.WriteContext(ctx, []byte("changed"))
	if err := errors.Join(err, f.CloseContext(ctx), await.RenameContext(ctx, f.Name(), name)); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{name, name + ".old"} {
		data, err := await.ReadFileContext(ctx, name)
		fmt.Println(string(data), err)
	}
	fmt.Println(await.RemoveContext(ctx, name+".old"))
	// Output:
	// changed <nil>
	// hello <nil>
	// <nil>
}

// The attributes of a file, and of a symbolic link to nothing.
func ExampleChownContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	name, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	err := errors.Join(
		await.TruncateContext(ctx, name, 4),
		await.ChownContext(ctx, name, -1, os.Getgid()),
		await.ChtimesContext(ctx, name, time.Time{}, noon),
		await.SymlinkContext(ctx, "nothing", link),
		await.LchownContext(ctx, link, -1, os.Getgid()), // of the link itself
	)
	if err != nil {
		log.Fatal(err)
	}
	info, err := await.LstatContext(ctx, name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size(), info.ModTime().UTC().Hour())
	fmt.Println(errors.Is(await.ChownContext(ctx, link, -1, os.Getgid()), fs.ErrNotExist))
	// Output:
	// 4 12
	// true
}

func ExampleCreateContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := context.WithCancel(context.Background())
	f, err := await.CreateContext(ctx, filepath.Join(dir, "new"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Close())
	cancel()
	_, err = await.CreateContext(ctx, filepath.Join(dir, "file"))
	fmt.Println(errors.Is(err, context.Canceled)) // and the file has what it had
	// Output:
	// <nil>
	// true
}

// The attributes of files below a directory, and a directory in it as a Root of its own.
func ExampleRoot_OpenRoot() {
	dir, remove := newTree()
	defer remove()
	root, err := await.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	err = errors.Join(
		root.Mkdir("home", 0o700),
		root.Chown("file", -1, os.Getgid()),
		root.Lchown("file", -1, -1),
		root.Chtimes("file", time.Time{}, noon),
	)
	if err != nil {
		log.Fatal(err)
	}
	home, err := root.OpenRoot("home")
	if err != nil {
		log.Fatal(err)
	}
	defer home.Close()
	f, err := home.Create("notes")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Close())
	_, err = home.Open("../file") // is below dir, and not below home
	fmt.Println(err)
	// Output:
	// <nil>
	// openat ../file: path escapes from parent
}

// Each method of a Root that can wait has a form with a context.
func ExampleRoot_CreateContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	root, err := await.OpenRootContext(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	f, err := root.CreateContext(ctx, "draft")
	if err != nil {
		log.Fatal(err)
	}
	_, err = f.WriteContext(ctx, []byte("contents"))
	err = errors.Join(err, f.Close(),
		root.MkdirContext(ctx, "letters", 0o700),
		root.RenameContext(ctx, "draft", "letters/1"),
		root.LinkContext(ctx, "letters/1", "letters/copy"),
		root.SymlinkContext(ctx, "1", "letters/last"),
	)
	if err != nil {
		log.Fatal(err)
	}
	letters, err := root.OpenRootContext(ctx, "letters")
	if err != nil {
		log.Fatal(err)
	}
	defer letters.Close()
	fmt.Println(letters.ReadlinkContext(ctx, "last"))
	f, err = letters.OpenContext(ctx, "last")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	p := make([]byte, 64)
	n, err := f.ReadContext(ctx, p)
	fmt.Println(string(p[:n]), err)
	fmt.Println(root.RemoveContext(ctx, "letters/copy"), root.RemoveAllContext(ctx, "letters"))
	// Output:
	// 1 <nil>
	// contents <nil>
	// <nil> <nil>
}

func ExampleRoot_ChmodContext() {
	dir, remove := newTree()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	root, err := await.OpenRootContext(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	err = errors.Join(
		root.ChmodContext(ctx, "file", 0o400),
		root.ChownContext(ctx, "file", -1, os.Getgid()),
		root.LchownContext(ctx, "file", -1, -1), // leaves both as they are
		root.ChtimesContext(ctx, "file", time.Time{}, noon),
	)
	if err != nil {
		log.Fatal(err)
	}
	info, err := root.LstatContext(ctx, "file")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode(), info.ModTime().UTC().Hour())
	// Output: -r-------- 12
}
