// Package pebblefs is pebble on the files of an await.IO, as a program that a host can run.
package pebblefs

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/cockroachdb/pebble"
	"github.com/cockroachdb/pebble/vfs"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/stores"
)

// A Store is how pebble is opened. The zero Store has no bugs.
type Store struct {
	NoWALSync bool // a bug: a power failure may lose what was acknowledged
	NoDirSync bool // a bug: a power failure may lose files, as a sync of a file does not keep its name
}

// A DB is an open store.
type DB struct {
	*pebble.DB
	write *pebble.WriteOptions
}

// Open opens the store in a directory, until ctx ends at the latest. The caller closes the DB.
func (s Store) Open(ctx context.Context, io *await.IO, dir string) (*DB, error) {
	if err := makeDir(io, dir); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	o := &pebble.Options{
		FS: downFS{stores.NewFSOn(io)}, Logger: logger{ctx},
		MemTableSize:             16 << 10, // small, so that files come and go
		MaxConcurrentCompactions: func() int { return 1 },
	}
	if s.NoDirSync {
		o.FS = noDirSync{o.FS}
	}
	o.EventListener = &pebble.EventListener{BackgroundError: func(error) { time.Sleep(retryAfter) }}
	db, err := pebble.Open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	write := pebble.Sync
	if s.NoWALSync {
		write = pebble.NoSync
	}
	return &DB{db, write}, nil
}

// makeDir makes the directory of the store and has its name kept, which pebble leaves to its caller.
func makeDir(io *await.IO, dir string) error {
	if err := io.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	parent, err := io.Open(path.Dir(dir))
	if err != nil {
		return err
	}
	defer parent.Close()
	return parent.Sync()
}

// retryAfter is how long pebble is held up that cannot write out its memory table: it tries again
// without a pause.
const retryAfter = 100 * time.Millisecond

// Put sets a key, and returns when that is safe.
func (d *DB) Put(key, value []byte) error { return d.Set(key, value, d.write) }

// A logger takes what pebble says of its work, and its end.
type logger struct{ ctx context.Context }

// Infof says nothing.
func (logger) Infof(string, ...any) {}

// Errorf says nothing.
func (logger) Errorf(string, ...any) {}

// downAfter is how long it takes at most until a program hears that its host is down.
const downAfter = time.Millisecond

// Fatalf ends the process, which cannot be sure of its disk any more. Where the host has gone down
// there is none to end.
func (l logger) Fatalf(format string, args ...any) {
	select {
	case <-l.ctx.Done():
	case <-time.After(downAfter):
		panic(fmt.Sprintf(format, args...))
	}
}

// noDirSync is an FS that does not sync directories.
type noDirSync struct{ vfs.FS }

// OpenDir opens a directory.
func (f noDirSync) OpenDir(name string) (vfs.File, error) {
	d, err := f.FS.OpenDir(name)
	return noSync{d}, err
}

type noSync struct{ vfs.File }

// Sync does nothing.
func (noSync) Sync() error { return nil }
