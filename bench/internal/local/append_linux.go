package local

import (
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// appends has Depth writers add records to one file, as to a log: each takes the
// next place, writes its record there, and returns when it is on the device.
func appends(s wire.Spec, io *await.IO) (runner, error) {
	f, err := openFile(io, filepath.Join(s.Dir, "log"), os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	record := make([]byte, s.Size)
	var end atomic.Int64
	return timed(s.Depth, func(int) error {
		return writeSync(f, record, end.Add(int64(len(record)))-int64(len(record)))
	}), nil
}

// logs has Depth writers append records to one file that is opened for that.
func logs(s wire.Spec, io *await.IO) (runner, error) {
	f, err := openFile(io, filepath.Join(s.Dir, "records"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	record := make([]byte, s.Size)
	return timed(s.Depth, func(int) error { return appendSync(f, record) }), nil
}
