// Package wal is a log of entries in a file, each of which is safe once it is acknowledged. It
// is what the examples and tests of package sim try.
package wal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path"

	"github.com/awaitio/awaitio/await"
)

// A Log is where entries are kept. The zero value of the other fields is a log without bugs.
type Log struct {
	Path string

	NoSync     bool // acknowledges what is in the page cache alone
	NoDirSync  bool // does not see to it that the file's name is kept
	NoChecksum bool // takes what was torn for an entry
}

// headerSize is a length and a checksum.
const headerSize = 8

// Append appends entries, and calls acked after each that is safe.
func (l *Log) Append(io *await.IO, entries []string, acked func()) error {
	f, err := io.OpenFile(l.Path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := l.syncDir(io); err != nil {
		return err
	}
	for _, e := range entries {
		if _, err := f.Write(frame(e)); err != nil {
			return err
		}
		if !l.NoSync {
			if err := f.Sync(); err != nil {
				return err
			}
		}
		acked()
	}
	return nil
}

// syncDir has the name of the log kept.
func (l *Log) syncDir(io *await.IO) error {
	if l.NoDirSync {
		return nil
	}
	dir, err := io.Open(path.Dir(l.Path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func frame(entry string) []byte {
	b := make([]byte, headerSize, headerSize+len(entry))
	binary.LittleEndian.PutUint32(b, uint32(len(entry)))
	binary.LittleEndian.PutUint32(b[4:], crc32.ChecksumIEEE([]byte(entry)))
	return append(b, entry...)
}

// Read returns the entries of a log, up to the first that is not whole. A log that is not
// there has none.
func (l *Log) Read(io *await.IO) (entries []string, err error) {
	b, err := io.ReadFile(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for len(b) >= headerSize {
		size, sum := int(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:])
		rest := b[headerSize:]
		if size == 0 || !l.NoChecksum && (size > len(rest) || crc32.ChecksumIEEE(rest[:size]) != sum) {
			break
		}
		entries = append(entries, string(rest[:min(size, len(rest))]))
		b = rest[min(size, len(rest)):]
	}
	return entries, err
}
