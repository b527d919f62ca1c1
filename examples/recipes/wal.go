package recipes

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/awaitio/awaitio/await"
)

// A Log is a write-ahead log. Each record is its length, a checksum, and its bytes.
type Log struct{ file *await.File }

const (
	headerSize = 8
	recordMax  = 1 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// OpenLog opens the log at name, or creates one, and calls replay for each record. It removes a last
// record that a crash has cut short.
func OpenLog(ctx context.Context, name string, replay func(record []byte)) (*Log, error) {
	file, err := await.OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	end, err := replayAll(file, replay)
	if err == nil {
		err = file.TruncateContext(ctx, end)
	}
	if err == nil {
		err = errors.Join(file.SyncContext(ctx), syncDir(ctx, filepath.Dir(name)))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Log{file}, nil
}

// syncDir makes sure that the name of a new file is on the device too.
func syncDir(ctx context.Context, dir string) error {
	d, err := await.OpenContext(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(d.SyncContext(ctx), d.Close())
}

// replayAll calls replay for each record, and returns where the last whole one ends.
func replayAll(file *await.File, replay func([]byte)) (end int64, err error) {
	r := bufio.NewReader(file)
	for {
		record, err := next(r)
		if err != nil {
			return end, err
		}
		if record == nil {
			return end, nil
		}
		replay(record)
		end += int64(headerSize + len(record))
	}
}

// next returns a record, or nil if there is no further whole one.
func next(r io.Reader) ([]byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, unlessEnd(err)
	}
	size, sum := binary.LittleEndian.Uint32(header[:]), binary.LittleEndian.Uint32(header[4:])
	if size == 0 || size > recordMax {
		return nil, nil
	}
	record := make([]byte, size)
	if _, err := io.ReadFull(r, record); err != nil {
		return nil, unlessEnd(err)
	}
	if crc32.Checksum(record, castagnoli) != sum {
		return nil, nil
	}
	return record, nil
}

func unlessEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// Append returns when record is on the device. Any number of goroutines may call it; concurrent calls
// share one sync (group commit). After an error the record may be in the log or not: open the log
// again to find out.
func (l *Log) Append(ctx context.Context, record []byte) error {
	if len(record) == 0 || len(record) > recordMax {
		return errors.New("a record must have 1 byte to 1 MiB")
	}
	var header [headerSize]byte
	binary.LittleEndian.PutUint32(header[:], uint32(len(record)))
	binary.LittleEndian.PutUint32(header[4:], crc32.Checksum(record, castagnoli))
	_, err := l.file.AppendVDatasync(ctx, [][]byte{header[:], record})
	return err
}

// Close closes the log.
func (l *Log) Close() error { return l.file.Close() }
