package stores

import (
	"context"
	"errors"
	"os"

	"github.com/awaitio/awaitio/await"
)

// OpenFile returns an opener for bbolt.Options.OpenFile, which gives up when ctx ends: the open of a file
// on a mount whose server is gone too. bbolt maps the file into memory and wants an *os.File, so
// what it does with it afterwards is package os's.
func OpenFile(ctx context.Context) func(name string, flag int, perm os.FileMode) (*os.File, error) {
	return func(name string, flag int, perm os.FileMode) (*os.File, error) {
		f, err := await.OpenFileContext(ctx, name, flag, perm)
		if err != nil {
			return nil, err
		}
		file, err := f.OSFile()
		return file, errors.Join(err, f.Close())
	}
}
