//go:build unix

package await_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/proactor"
)

// temporary is an IO and an open file that remove removes.
func temporary() (aio *await.IO, fd int, path string, remove func()) {
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "file")
	fd, err = aio.OpenAt(context.Background(), proactor.AtCWD, path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	return aio, fd, path, func() {
		closeAll(fd)
		if err := os.RemoveAll(dir); err != nil {
			log.Fatal(err)
		}
	}
}

func ExampleIO_OpenAt() {
	ctx := context.Background()
	aio, err := await.Default()
	if err != nil {
		log.Fatal(err)
	}
	fd, err := aio.OpenAt(ctx, proactor.AtCWD, os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Write(ctx, fd, []byte("into the void"), proactor.CurrentPosition))
	fmt.Println(aio.CloseFD(ctx, fd))
	// Output:
	// 13 <nil>
	// <nil>
}

func ExampleIO_Read() {
	ctx := context.Background()
	aio, fd, _, remove := temporary()
	defer remove()
	if _, err := aio.Write(ctx, fd, []byte("hello world"), 0); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 64)
	n, err := aio.Read(ctx, fd, buf, 6)
	fmt.Printf("%s %v\n", buf[:n], err)
	_, err = aio.Read(ctx, fd, buf, 11)
	fmt.Println(err)
	// Output:
	// world <nil>
	// EOF
}

func ExampleIO_Write() {
	ctx := context.Background()
	aio, fd, path, remove := temporary()
	defer remove()
	for _, word := range []string{"one ", "two ", "three"} {
		if _, err := aio.Write(ctx, fd, []byte(word), proactor.CurrentPosition); err != nil {
			log.Fatal(err)
		}
	}
	content, err := os.ReadFile(path)
	fmt.Printf("%s %v\n", content, err)
	// Output: one two three <nil>
}

func ExampleIO_Fsync() {
	ctx := context.Background()
	aio, fd, _, remove := temporary()
	defer remove()
	if _, err := aio.Write(ctx, fd, []byte("to keep"), 0); err != nil {
		log.Fatal(err)
	}
	fmt.Println(aio.Fsync(ctx, fd, proactor.FsyncDataOnly))
	// Output: <nil>
}

func ExampleIO_Statx() {
	ctx := context.Background()
	aio, fd, path, remove := temporary()
	defer remove()
	if _, err := aio.Write(ctx, fd, []byte("hello"), 0); err != nil {
		log.Fatal(err)
	}
	const size = 0x200 // STATX_SIZE
	var stat proactor.Stat
	err := aio.Statx(ctx, proactor.AtCWD, path, 0, size, &stat)
	fmt.Println(stat.Size, err)
	// Output: 5 <nil>
}

// A child process writes to the file itself: the parent does not copy its output.
func ExampleFile_OSFile() {
	dir, err := os.MkdirTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	output, err := await.Create(filepath.Join(dir, "output"))
	if err != nil {
		log.Fatal(err)
	}
	defer output.Close()

	osFile, err := output.OSFile()
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command("echo", "hello from a child")
	cmd.Stdout = osFile
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
	if err := osFile.Close(); err != nil { // output stays open
		log.Fatal(err)
	}
	content, err := os.ReadFile(output.Name())
	fmt.Printf("%s%v\n", content, err)
	// Output:
	// hello from a child
	// <nil>
}

// newLog is a file opened for records, in a directory that remove removes.
func newLog() (f *await.File, remove func()) {
	dir, err := os.MkdirTemp("", "await")
	if err != nil {
		log.Fatal(err)
	}
	f, err = await.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		log.Fatal(err)
	}
	return f, func() {
		if err := errors.Join(f.Close(), os.RemoveAll(dir)); err != nil {
			log.Fatal(err)
		}
	}
}

// Many writers of one log share its syncs.
func ExampleFile_AppendSync() {
	f, remove := newLog()
	defer remove()
	var writers sync.WaitGroup
	for i := range 10 {
		writers.Go(func() {
			if _, err := f.AppendSync(context.Background(), fmt.Appendf(nil, "record %d\n", i)); err != nil {
				log.Fatal(err)
			}
		})
	}
	writers.Wait()
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size(), "bytes are on the device")
	// Output: 90 bytes are on the device
}

// A count of all bytes with an error is a record that was written, and is not known to be
// on the device.
func ExampleFile_AppendDatasync() {
	f, remove := newLog()
	defer remove()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	record := []byte("record\n")
	switch n, err := f.AppendDatasync(ctx, record); {
	case err == nil:
		fmt.Println("on the device")
	case n == len(record):
		fmt.Println("written, but not known to be on the device:", err)
	default:
		fmt.Println("not written:", err)
	}
	// Output: on the device
}

func ExampleFile_AppendVSync() {
	f, remove := newLog()
	defer remove()
	head, body := []byte("len=4 "), []byte("data\n")
	fmt.Println(f.AppendVSync(context.Background(), [][]byte{head, body}))
	// Output: 11 <nil>
}

func ExampleFile_AppendVDatasync() {
	f, remove := newLog()
	defer remove()
	head, body := []byte("len=4 "), []byte("data\n")
	fmt.Println(f.AppendVDatasync(context.Background(), [][]byte{head, body}))
	// Output: 11 <nil>
}

func ExampleFile_WriteAtSync() {
	aio, _, path, remove := temporary()
	defer remove()
	f, err := aio.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(f.WriteAtSync(context.Background(), []byte("a page"), 4096))
	// Output: 6 <nil>
}

func ExampleFile_WriteAtDatasync() {
	aio, _, path, remove := temporary()
	defer remove()
	f, err := aio.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(f.WriteAtDatasync(context.Background(), []byte("in place"), 0))
	// Output: 8 <nil>
}
