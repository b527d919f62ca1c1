package local

import (
	"context"
	"errors"
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/awaitio/awaitio/await"
)

// A file is what os.File and await.File have in common.
type file interface {
	goio.ReadWriteCloser
	goio.ReaderAt
	Stat() (fs.FileInfo, error)
	Fd() uintptr
}

// openFile is the one line in which package os and ours differ.
func openFile(io *await.IO, name string, flag int) (file, error) {
	if io != nil {
		return io.OpenFile(name, flag, 0o600)
	}
	return os.OpenFile(name, flag, 0o600)
}

// writeSync writes p at off and has it on the device before it returns.
func writeSync(f file, p []byte, off int64) error {
	switch f := f.(type) {
	case *await.File:
		_, err := f.WriteAtSync(context.Background(), p, off)
		return err
	case *os.File:
		if _, err := f.WriteAt(p, off); err != nil {
			return err
		}
		return f.Sync()
	}
	return fmt.Errorf("write a %T: %w", f, errors.ErrUnsupported)
}

// appendSync appends p and has it on the device before it returns.
func appendSync(f file, p []byte) error {
	switch f := f.(type) {
	case *await.File:
		_, err := f.AppendSync(context.Background(), p)
		return err
	case *os.File:
		if _, err := f.Write(p); err != nil {
			return err
		}
		return f.Sync()
	}
	return fmt.Errorf("append to a %T: %w", f, errors.ErrUnsupported)
}

// mebibyte is the unit of the data that is read and copied.
const mebibyte = 1 << 20

// dataFile is the name of a file of so many MiB in dir, which is made if it is
// not there. Its blocks are written, not holes, and no two are alike.
func dataFile(dir string, size int) (string, error) {
	name := filepath.Join(dir, fmt.Sprintf("data.%d", size))
	if info, err := os.Stat(name); err == nil && info.Size() == int64(size)*mebibyte {
		return name, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	block := make([]byte, mebibyte)
	for i := range size {
		for j := range block {
			block[j] = byte(i + j*7 + j>>8)
		}
		if _, err := f.Write(block); err != nil {
			return "", fmt.Errorf("%w (%d MiB are needed; -dir chooses where)", err, size)
		}
	}
	return name, f.Sync()
}
