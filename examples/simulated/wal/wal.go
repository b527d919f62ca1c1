// Package wal is a write-ahead log: what Append has returned for is there after a power failure. It is
// kept in files of a bounded size, so that old ones can be removed; the bounds do not show to who reads.
package wal

import (
	"errors"
	"fmt"
	"os"
	"path"
	"sync"

	"github.com/awaitio/awaitio/await"
)

// Options are how a Log is kept. The zero Options are ready for use.
type Options struct {
	// SegmentSize is from how many bytes on a file gets no more entries. Default 1 MiB.
	SegmentSize int64

	// NoSync and NoDirSync are bugs. With NoSync an entry may be lost that was acknowledged; with
	// NoDirSync a file may, with all that is in it, as a sync of a file does not keep its name.
	NoSync, NoDirSync bool
}

const segmentSizeDefault = 1 << 20

// A Log is open for appending. Its methods may be called from any goroutine.
type Log struct {
	io  *await.IO
	dir string
	o   Options

	mu     sync.Mutex // held across a sync: entries are acknowledged in order
	last   *await.File
	number int   // of the last segment
	size   int64 // of the last segment
	failed error // the log takes no more after a write or sync that failed
}

// Open opens the log in a directory, which it makes if it is not there, and returns the entries. An
// entry at the end that was torn by a crash is removed: it was never acknowledged. The caller closes
// the Log; one directory may have one Log at a time.
func Open(io *await.IO, dir string, o Options) (l *Log, entries [][]byte, err error) {
	if o.SegmentSize <= 0 {
		o.SegmentSize = segmentSizeDefault
	}
	l = &Log{io: io, dir: dir, o: o}
	if err := l.makeDir(); err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	if entries, err = l.recover(); err != nil {
		return nil, nil, fmt.Errorf("open log: %w", errors.Join(err, l.Close()))
	}
	return l, entries, nil
}

// makeDir makes the directory, and sees to it that its name is kept, and those on the way to it.
func (l *Log) makeDir() error {
	if err := l.io.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	for name := l.dir; name != path.Dir(name); {
		name = path.Dir(name)
		if err := l.syncDir(name); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) syncDir(name string) error {
	if l.o.NoDirSync {
		return nil
	}
	d, err := l.io.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Append appends entries, none of which may be empty, and returns when they are safe. After an error
// they may be there or not, and the log takes no more: it has to be opened again, which tells.
func (l *Log) Append(entries ...[]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	if err := l.append(entries); err != nil {
		l.failed = fmt.Errorf("append to log: %w", err)
		return l.failed
	}
	return nil
}

func (l *Log) append(entries [][]byte) error {
	if l.size >= l.o.SegmentSize {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	var b []byte
	for _, e := range entries {
		b = appendFrame(b, e)
	}
	if _, err := l.last.Write(b); err != nil {
		return err
	}
	l.size += int64(len(b))
	if l.o.NoSync {
		return nil
	}
	return l.last.Sync()
}

// rotate begins a segment. All of the one before is stable by then, so that only the last one can be
// torn.
func (l *Log) rotate() error {
	f, err := l.io.OpenFile(l.segment(l.number+1), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	before := l.last
	l.last, l.number, l.size = f, l.number+1, 0
	if before != nil {
		err = before.Close()
	}
	return errors.Join(err, l.syncDir(l.dir))
}

// Close closes the log's file. There is nothing to write by then.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed == nil {
		l.failed = os.ErrClosed
	}
	if l.last == nil {
		return nil
	}
	return l.last.Close()
}
