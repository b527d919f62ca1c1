//go:build unix

package await_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// A file is written, synced and closed within one context, whatever its mount does.
func ExampleFile_CloseContext() {
	f, remove := newFile()
	defer remove()
	ctx, cancel := soon()
	defer cancel()
	if err := f.AllocateContext(ctx, 0, 1<<16); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		log.Fatal(err)
	}
	if _, err := f.WriteAtContext(ctx, []byte("head and body"), 0); err != nil {
		log.Fatal(err)
	}
	if err := f.DatasyncContext(ctx); err != nil {
		log.Fatal(err)
	}
	err := errors.Join(
		f.TruncateContext(ctx, 4),
		f.ChmodContext(ctx, 0o400),
		f.ChownContext(ctx, -1, os.Getgid()),
		f.SyncContext(ctx), // the size and the attributes, too
	)
	if err != nil {
		log.Fatal(err)
	}
	end, err := f.SeekContext(ctx, 0, io.SeekEnd)
	fmt.Println(end, err)
	info, err := f.StatContext(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode())
	second, err := await.OpenContext(ctx, f.Name())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(second.CloseContext(ctx))
	// Output:
	// 4 <nil>
	// -r--------
	// <nil>
}

// The attributes of an open file, wherever its name has gone.
func ExampleFile_Truncate() {
	f, remove := newFile()
	defer remove()
	err := errors.Join(f.Truncate(100), f.Chown(os.Getuid(), os.Getgid()), f.Chmod(0o640))
	if err != nil {
		log.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Size(), info.Mode())
	room, err := f.Statfs() // of the file system that it is on
	fmt.Println(room.Size > 0, err)
	ctx, cancel := soon()
	defer cancel()
	again, err := f.StatfsContext(ctx)
	fmt.Println(again.Size > 0, err)
	// Output:
	// 100 -rw-r-----
	// true <nil>
	// true <nil>
}

// Names, and what Stat tells, without the other half.
func ExampleFile_Readdirnames() {
	dir, remove := newTree()
	defer remove()
	d, err := await.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	fmt.Println(d.Readdirnames(-1)) // all that are left
	if _, err := d.Seek(0, io.SeekStart); err != nil {
		log.Fatal(err)
	}
	infos, err := d.Readdir(1)
	fmt.Println(infos[0].Size(), err)
	ctx, cancel := soon()
	defer cancel()
	_, err = d.ReadDirContext(ctx, 1)
	fmt.Println(err)
	// Output:
	// [file] <nil>
	// 5 <nil>
	// EOF
}

// A directory that is open becomes the working directory of the process, also if its name is gone.
func ExampleFile_Chdir() {
	before, err := await.Open(".")
	if err != nil {
		log.Fatal(err)
	}
	defer before.Close()
	dir, remove := newTree()
	defer remove()
	d, err := await.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	if err := d.Chdir(); err != nil {
		log.Fatal(err)
	}
	data, err := await.ReadFile("file")
	fmt.Println(string(data), err)
	ctx, cancel := soon()
	defer cancel()
	fmt.Println(before.ChdirContext(ctx))
	// Output:
	// hello <nil>
	// <nil>
}

// A system call that File has no method for: a lock on the file, which ends with its close.
func ExampleFile_Fd() {
	dir, remove := newTree()
	defer remove()
	f, err := await.Open(filepath.Join(dir, "file"))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	fmt.Println(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB))
	second, err := await.Open(filepath.Join(dir, "file"))
	if err != nil {
		log.Fatal(err)
	}
	defer second.Close()
	fmt.Println(unix.Flock(int(second.Fd()), unix.LOCK_EX|unix.LOCK_NB) == unix.EWOULDBLOCK)
	// Output:
	// <nil>
	// true
}

// A call on a file that is closed, and a second close.
func ExampleFile_Close() {
	f, remove := newFile()
	defer remove()
	second, err := await.Open(f.Name())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(second.Close())
	fmt.Println(errors.Is(second.Close(), os.ErrClosed))
	_, err = second.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrClosed))
	fmt.Println(errors.Is(second.SetDeadline(time.Now()), os.ErrClosed))
	// Output:
	// <nil>
	// true
	// true
	// true
}
