// Package pages keeps one value in a file of pages, as bbolt and LMDB keep a tree: a commit writes to pages
// that nobody needs, and then a meta page that says so. Two meta pages take turns, so that one is whole
// wherever the power fails.
package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path"

	"github.com/awaitio/awaitio/await"
)

// pageSize is that of a sector: a disk writes it as a whole, or is found out by the checksum.
const pageSize = 512

// ValueMax is how many bytes a value has at most.
const ValueMax = pageSize - 16

// Options are how a File is kept. Both are bugs: with NoMetaSync a commit may be lost that was
// acknowledged, and with NoDataSync the meta page may be on the disk and the value not.
type Options struct{ NoMetaSync, NoDataSync bool }

// A File is open for commits, by one goroutine at a time.
type File struct {
	f  *await.File
	o  Options
	tx uint64 // of the last commit
}

// Open opens a file, which it makes if it is not there, and returns the value of the last commit; of none
// it is empty. The caller closes the File.
func Open(io *await.IO, name string, o Options) (p *File, value []byte, err error) {
	f, err := io.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	p = &File{f: f, o: o}
	if err = syncDir(io, path.Dir(name)); err == nil {
		value, err = p.last()
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return p, value, nil
}

// syncDir keeps the name of the file.
func syncDir(io *await.IO, name string) error {
	d, err := io.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// last finds the last commit by the newer of the meta pages that are whole.
func (p *File) last() (value []byte, err error) {
	for slot := range uint64(2) {
		tx, _, err := p.read(slot)
		if err == nil && tx > p.tx {
			p.tx = tx
		}
	}
	if p.tx == 0 {
		return nil, nil
	}
	tx, value, err := p.read(2 + p.tx%2)
	if err == nil && tx != p.tx {
		err = fmt.Errorf("it is of commit %d", tx)
	}
	if err != nil {
		return nil, fmt.Errorf("the page of commit %d: %w", p.tx, err)
	}
	return value, nil
}

// Commit replaces the value, and returns when it is safe.
func (p *File) Commit(value []byte) error {
	if len(value) > ValueMax {
		return fmt.Errorf("a value of %d bytes is longer than %d", len(value), ValueMax)
	}
	tx := p.tx + 1
	if err := p.write(2+tx%2, tx, value, !p.o.NoDataSync); err != nil {
		return err
	}
	if err := p.write(tx%2, tx, nil, !p.o.NoMetaSync); err != nil {
		return err
	}
	p.tx = tx
	return nil
}

// Close closes the file.
func (p *File) Close() error { return p.f.Close() }

// A page has its commit, the length of what is in it, a checksum of all that, and what is in it.
func (p *File) write(page, tx uint64, value []byte, sync bool) error {
	b := make([]byte, pageSize)
	binary.LittleEndian.PutUint64(b, tx)
	binary.LittleEndian.PutUint32(b[8:], uint32(len(value)))
	copy(b[16:], value)
	binary.LittleEndian.PutUint32(b[12:], checksum(b))
	if _, err := p.f.WriteAt(b, int64(page)*pageSize); err != nil || !sync {
		return err
	}
	return p.f.Datasync()
}

var errTorn = errors.New("it is not whole")

func (p *File) read(page uint64) (tx uint64, value []byte, err error) {
	b := make([]byte, pageSize)
	if _, err := p.f.ReadAt(b, int64(page)*pageSize); err != nil {
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(b[8:])
	if n > ValueMax || binary.LittleEndian.Uint32(b[12:]) != checksum(b) {
		return 0, nil, errTorn
	}
	return binary.LittleEndian.Uint64(b), b[16 : 16+n], nil
}

// checksum is of all but itself. That of a page of zeros is not zero.
func checksum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b[:12]), crc32.IEEETable, b[16:])
}
