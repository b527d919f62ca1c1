//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/await"
)

// newFile is a file for reading and writing, that remove closes and removes.
func newFile() (f *await.File, remove func()) {
	f, err := await.CreateTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	return f, func() {
		if err := errors.Join(f.Close(), await.Remove(f.Name())); err != nil {
			log.Fatal(err)
		}
	}
}

// Many reads of one file at a time, as one call. Each range has a result of its own.
func ExampleFile_ReadAtBatch() {
	f, remove := newFile()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pages := []await.FileRange{
		{Buf: []byte("page 0"), Offset: 0},
		{Buf: []byte("page 1"), Offset: 6},
	}
	if err := f.WriteAtBatch(ctx, pages); err != nil {
		log.Fatal(err)
	}
	parts := []await.FileRange{
		{Buf: make([]byte, 6), Offset: 6},
		{Buf: make([]byte, 6), Offset: 9}, // past the end
	}
	err := f.ReadAtBatch(ctx, parts)
	fmt.Println(errors.Is(err, io.EOF))
	for _, r := range parts {
		fmt.Printf("%q %v\n", r.Buf[:r.N], r.Err)
	}
	// Output:
	// true
	// "page 1" <nil>
	// "e 1" EOF
}

// A header and a body, which lie in different buffers, as one write and one read.
func ExampleFile_WriteVAt() {
	f, remove := newFile()
	defer remove()
	ctx := context.Background()
	n, err := f.WriteVAt(ctx, [][]byte{[]byte("head"), []byte("body")}, 4096)
	fmt.Println(n, err)
	head, body := make([]byte, 4), make([]byte, 4)
	n, err = f.ReadVAt(ctx, [][]byte{head, body}, 4096)
	fmt.Printf("%d %v %s %s\n", n, err, head, body)
	// Output:
	// 8 <nil>
	// 8 <nil> head body
}

// A file is an io.ReadWriteSeeker, an io.ReaderAt and an io.WriterAt.
func ExampleFile_Seek() {
	f, remove := newFile()
	defer remove()
	if _, err := f.WriteString("hello world"); err != nil {
		log.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("W"), 6); err != nil {
		log.Fatal(err)
	}
	if _, err := f.Seek(-5, io.SeekEnd); err != nil {
		log.Fatal(err)
	}
	word, err := io.ReadAll(f)
	fmt.Printf("%s %v\n", word, err)
	first := make([]byte, 5)
	n, err := f.ReadAt(first, 0) // wherever the position is
	fmt.Printf("%s %v\n", first[:n], err)
	// Output:
	// World <nil>
	// hello <nil>
}

// Before a log is written its blocks are reserved, so that Datasync has only data to write, and
// the disk cannot be full in the middle.
func ExampleFile_Datasync() {
	f, remove := newFile()
	defer remove()
	if err := f.Allocate(0, 1<<16); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		log.Fatal(err)
	}
	if err := f.Sync(); err != nil { // the size, too
		log.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("record"), 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Datasync())
	// Output: <nil>
}

// Calls on any file can be ended: by a context, or by the file's deadline.
func ExampleFile_SetReadDeadline() {
	r, w, err := await.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := r.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		log.Fatal(err)
	}
	_, err = r.Read(make([]byte, 8))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	if err := w.SetWriteDeadline(time.Now().Add(time.Millisecond)); err != nil {
		log.Fatal(err)
	}
	for err = nil; err == nil; { // until the pipe is full
		_, err = w.Write(make([]byte, 4096))
	}
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	// Output:
	// true
	// true
}

// The directory of a new file is synced too, so that its name outlives a power failure.
func ExampleFile_Sync() {
	dir, remove := newTree()
	defer remove()
	err := await.WriteFile(filepath.Join(dir, "config.new"), []byte("a=1"), 0o600)
	if err != nil {
		log.Fatal(err)
	}
	f, err := await.Open(filepath.Join(dir, "config.new"))
	if err != nil {
		log.Fatal(err)
	}
	err = errors.Join(f.Sync(), f.Close(), await.Rename(f.Name(), filepath.Join(dir, "config")))
	if err != nil {
		log.Fatal(err)
	}
	d, err := await.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(errors.Join(d.Sync(), d.Close()))
	// Output: <nil>
}

// A directory is read some entries at a time, until io.EOF.
func ExampleFile_ReadDir() {
	dir, remove := newTree()
	defer remove()
	d, err := await.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(100)
		for _, e := range entries {
			fmt.Println(e.Name())
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output: file
}

// How much room is left, before much is written.
func ExampleStatfs() {
	info, err := await.Statfs(os.TempDir())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Available <= info.Free, info.Free <= info.Size)
	// Output: true true
}

// A child's output, which package os/exec writes to a file of package os.
func ExampleAdoptFile() {
	theirs, w, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	r, err := await.AdoptFile(theirs) // theirs is closed
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Fprint(w, "from the child")
	w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := make([]byte, 64)
	n, err := r.ReadContext(ctx, p)
	fmt.Printf("%s %v\n", p[:n], err)
	// Output: from the child <nil>
}

// A descriptor that the program was given, as by systemd: it is the File's to close.
func ExampleNewFile() {
	f, err := await.NewFile(1<<20, "activated") // no such descriptor
	fmt.Println(f == nil, err != nil)
	// Output: true true
}

// Direct I/O takes memory, offsets and lengths that are multiples of the disk's block size.
func ExampleAlignedBuffer() {
	page := await.AlignedBuffer(4096)
	fmt.Println(len(page), cap(page))
	// Output: 4096 4096
}

// All of a job ends with its context, whichever call it is in.
func ExampleOpenContext() {
	dir, remove := newTree()
	defer remove()
	job := func(ctx context.Context) error {
		f, err := await.OpenContext(ctx, filepath.Join(dir, "file"))
		if err != nil {
			return err
		}
		defer f.Close()
		p := make([]byte, 5)
		if _, err := f.ReadAtContext(ctx, p, 0); err != nil {
			return err
		}
		if err := await.WriteFileContext(ctx, filepath.Join(dir, "copy.new"), p, 0o600); err != nil {
			return err
		}
		return await.RenameContext(ctx, filepath.Join(dir, "copy.new"), filepath.Join(dir, "copy"))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(job(ctx))
	cancel()
	fmt.Println(errors.Is(job(ctx), context.Canceled))
	// Output:
	// <nil>
	// true
}
