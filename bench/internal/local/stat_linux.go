package local

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// stats opens small files, Count of them in turn, looks at their size, and
// closes them, by Depth goroutines.
func stats(s wire.Spec, io *await.IO) (runner, error) {
	names, err := smallFiles(filepath.Join(s.Dir, "small"), s.Count)
	if err != nil {
		return nil, err
	}
	var next atomic.Uint64
	return timed(s.Depth, func(int) error {
		return openStatClose(io, names[next.Add(1)%uint64(len(names))])
	}), nil
}

// smallContent is what is in a small file.
const smallContent = "hello\n"

func smallFiles(dir string, n int) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	names := make([]string, n)
	for i := range names {
		names[i] = filepath.Join(dir, fmt.Sprint(i))
		if info, err := os.Stat(names[i]); err == nil && info.Size() == int64(len(smallContent)) {
			continue // of a round before
		}
		if err := os.WriteFile(names[i], []byte(smallContent), 0o600); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func openStatClose(io *await.IO, name string) error {
	f, err := openFile(io, name, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Size() != int64(len(smallContent)) {
		err = fmt.Errorf("%s has %d bytes", name, info.Size())
	}
	return err
}
