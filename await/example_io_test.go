//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/awaitio/awaitio/await"
)

// defaultIO stands for an IO of the program's own, which await.Start makes.
func defaultIO() *await.IO {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	return aio
}

// soon is a context for the calls of an example.
func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Minute)
}

// An IO has the functions of the package as methods. Here it edits a file of its own.
func ExampleIO_CreateTemp() {
	aio := defaultIO()
	dir, err := aio.MkdirTemp("", "job-")
	if err != nil {
		log.Fatal(err)
	}
	defer aio.RemoveAll(dir)
	f, err := aio.CreateTemp(dir, "part-*")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := f.WriteString("hello world"); err != nil {
		log.Fatal(err)
	}
	name, noon := f.Name(), time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	err = errors.Join(
		f.Close(),
		aio.Truncate(name, 5),
		aio.Chown(name, os.Getuid(), os.Getgid()),
		aio.Lchown(name, -1, -1), // leaves both as they are
		aio.Chmod(name, 0o640),
		aio.Chtimes(name, time.Time{}, noon), // and the time of the last access
	)
	if err != nil {
		log.Fatal(err)
	}
	info, err := aio.Stat(name)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size(), info.Mode(), info.ModTime().UTC().Hour())
	// Output: 5 -rw-r----- 12
}

// The same within a context: one that has ended begins nothing.
func ExampleIO_CreateTempContext() {
	aio := defaultIO()
	ctx, cancel := soon()
	defer cancel()
	dir, err := aio.MkdirTempContext(ctx, "", "job-")
	if err != nil {
		log.Fatal(err)
	}
	defer aio.RemoveAll(dir)
	f, err := aio.CreateTempContext(ctx, dir, "part-*")
	if err != nil {
		log.Fatal(err)
	}
	err = errors.Join(f.Close(), aio.TruncateContext(ctx, f.Name(), 5))
	if err != nil {
		log.Fatal(err)
	}
	info, err := aio.LstatContext(ctx, f.Name())
	fmt.Println(info.Size(), err)
	cancel()
	_, err = aio.CreateTempContext(ctx, dir, "part-*")
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// 5 <nil>
	// true
}

// A tree is copied, and read with package fs.
func ExampleIO_CopyFS() {
	aio := defaultIO()
	dir, remove := newTree()
	defer remove()
	site := filepath.Join(dir, "site")
	if err := aio.CopyFS(site, fstest.MapFS{"css/style.css": {Data: []byte("p{}")}}); err != nil {
		log.Fatal(err)
	}
	names, err := fs.Glob(aio.DirFS(site), "*/*.css")
	fmt.Println(names, err)

	ctx, cancel := soon()
	defer cancel()
	err = aio.CopyFSContext(ctx, filepath.Join(dir, "second"), aio.DirFSContext(ctx, site))
	fmt.Println(err)
	_, err = aio.Stat(filepath.Join(dir, "second/css/style.css"))
	fmt.Println(err)
	// Output:
	// [css/style.css] <nil>
	// <nil>
	// <nil>
}

// Room on the file system, before a file is made there.
func ExampleIO_Statfs() {
	aio := defaultIO()
	dir, remove := newTree()
	defer remove()
	room, err := aio.Statfs(dir)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := soon()
	defer cancel()
	again, err := aio.StatfsContext(ctx, dir) // a mount that hangs does not delay it
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(room.Available <= room.Size, again.Size > 0)
	// Output: true true
}

// Create empties a file that is there; with O_EXCL, OpenFile does not.
func ExampleIO_Create() {
	aio := defaultIO()
	dir, remove := newTree()
	defer remove()
	name := filepath.Join(dir, "file")
	f, err := aio.Create(name)
	if err != nil {
		log.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size(), f.Close())
	_, err = aio.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	fmt.Println(errors.Is(err, fs.ErrExist))
	// Output:
	// 0 <nil>
	// true
}

// A file is made, and read again, within one context.
func ExampleIO_CreateContext() {
	aio := defaultIO()
	dir, remove := newTree()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	name := filepath.Join(dir, "new")
	f, err := aio.CreateContext(ctx, name)
	if err != nil {
		log.Fatal(err)
	}
	_, err = f.WriteContext(ctx, []byte("contents"))
	if err := errors.Join(err, f.CloseContext(ctx)); err != nil {
		log.Fatal(err)
	}
	f, err = aio.OpenContext(ctx, name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	p := make([]byte, 64)
	n, err := f.ReadContext(ctx, p)
	fmt.Printf("%s %v\n", p[:n], err)
	// Output: contents <nil>
}

// Files below a directory, by the calls of one IO.
func ExampleIO_OpenRoot() {
	aio := defaultIO()
	dir, remove := newTree()
	defer remove()
	root, err := aio.OpenRoot(dir)
	if err != nil {
		log.Fatal(err)
	}
	data, err := root.ReadFile("file")
	fmt.Println(string(data), err, root.Close())
	_, err = aio.OpenInRoot(dir, "../outside") // one file, without a Root
	fmt.Println(err)

	ctx, cancel := soon()
	defer cancel()
	root, err = aio.OpenRootContext(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	defer root.Close()
	f, err := aio.OpenInRootContext(ctx, dir, "file")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Close())
	// Output:
	// hello <nil> <nil>
	// openat ../outside: path escapes from parent
	// <nil>
}

// Datagrams for anyone, and a connect that a context ends.
func ExampleIO_ListenPacket() {
	aio := defaultIO()
	c, err := aio.ListenPacket("udp", "127.0.0.1:0") // a net.PacketConn
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	if _, err := c.WriteTo([]byte("to itself"), c.LocalAddr()); err != nil {
		log.Fatal(err)
	}
	p := make([]byte, 1500)
	n, _, err := c.ReadFrom(p)
	fmt.Printf("%s %v\n", p[:n], err)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = aio.DialStreamContext(ctx, "tcp", "127.0.0.1:1")
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// to itself <nil>
	// true
}

// Connections that package net has made go on with an IO. The originals are closed.
func ExampleIO_AdoptConn() {
	aio := defaultIO()
	theirs, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	l, err := aio.AdoptListener(theirs)
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	dialed, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	client, err := aio.AdoptConn(dialed) // a *await.Conn
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprint(server, "hello")
	server.Close()
	p := make([]byte, 64)
	n, err := client.Read(p)
	fmt.Printf("%s %v\n", p[:n], err)

	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	packets, err := aio.AdoptPacketConn(socket)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(packets.LocalAddr().Network(), packets.Close())
	// Output:
	// hello <nil>
	// udp <nil>
}

// The ends of a pipe of package os, one as an *os.File and one as a bare descriptor.
func ExampleIO_AdoptFile() {
	aio := defaultIO()
	theirs, w, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	r, err := aio.AdoptFile(theirs) // theirs is closed
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Fprint(w, "hello")
	w.Close()
	p := make([]byte, 64)
	n, err := r.Read(p)
	fmt.Printf("%s %v\n", p[:n], err)

	_, err = aio.NewFile(1<<20, "inherited") // no such descriptor
	fmt.Println(err != nil)
	// Output:
	// hello <nil>
	// true
}
