package wal

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strconv"
)

// segment is the path of a segment. They are numbered from 1 on, without gaps.
func (l *Log) segment(number int) string { return path.Join(l.dir, strconv.Itoa(number)+".wal") }

// recover reads all segments and opens the last for appending.
func (l *Log) recover() (entries [][]byte, err error) {
	for {
		b, err := l.io.ReadFile(l.segment(l.number + 1))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		l.number++
		found, whole := readFrames(b)
		entries, l.size = append(entries, found...), int64(whole)
	}
	if l.number == 0 {
		return nil, l.rotate()
	}
	return entries, l.mend()
}

// mend cuts off what was torn at the end of the last segment. A process that was killed may have left
// an entry that is whole and yet not stable: it was returned by recover, so it must not be lost now.
func (l *Log) mend() (err error) {
	if l.last, err = l.io.OpenFile(l.segment(l.number), os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return err
	}
	if err = l.last.Truncate(l.size); err != nil {
		return err
	}
	if !l.o.NoSync {
		if err = l.last.Sync(); err != nil {
			return err
		}
	}
	return l.syncDir(l.dir)
}
