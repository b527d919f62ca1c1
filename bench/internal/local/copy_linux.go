package local

import (
	goio "io"
	"os"
	"path/filepath"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// copies copies a file that the page cache has, from its beginning to its end,
// as often as there is time. An operation is a MiB.
func copies(s wire.Spec, io *await.IO) (runner, error) {
	from, err := dataFile(s.Dir, s.FileMiB)
	if err != nil {
		return nil, err
	}
	to := filepath.Join(s.Dir, "copy")
	return func(d time.Duration) (wire.Window, error) {
		var w wire.Window
		begin := time.Now()
		for w.Ops == 0 || time.Since(begin) < d {
			n, err := copyFile(io, to, from)
			if err != nil {
				return w, err
			}
			w.Ops += n / mebibyte
		}
		w.Elapsed = time.Since(begin)
		return w, nil
	}, nil
}

func copyFile(io *await.IO, to, from string) (n int64, err error) {
	src, err := openFile(io, from, os.O_RDONLY)
	if err != nil {
		return 0, err
	}
	defer src.Close()
	dst, err := openFile(io, to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return 0, err
	}
	n, err = goio.Copy(dst, src)
	if closed := dst.Close(); err == nil {
		err = closed
	}
	return n, err
}
