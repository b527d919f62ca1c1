package stores

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble"
	"go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/awaitio/awaitio/await"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(writer, i int) []byte { return fmt.Appendf(nil, "%02d/%04d", writer, i) }

// Writers commit at the same time, the memory table is written out several times, and all is there
// when the store is opened again.
func TestPebble(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	openStore := func() *pebble.DB {
		db, err := pebble.Open(dir, &pebble.Options{FS: NewFS(), MemTableSize: 256 << 10, Logger: quiet{}})
		must(t, err)
		return db
	}
	const writers, each = 8, 100
	db := openStore()
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if err := db.Set(key(w, i), make([]byte, 1000), pebble.Sync); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	if n := db.Metrics().Flush.Count; n == 0 {
		t.Error("the memory table was not written out")
	}
	must(t, db.Close())
	db = openStore()
	for w := range writers {
		for i := range each {
			value, closer, err := db.Get(key(w, i))
			if err != nil || len(value) != 1000 {
				t.Fatalf("%s: %d bytes, %v", key(w, i), len(value), err)
			}
			must(t, closer.Close())
		}
	}
	must(t, db.Compact(key(0, 0), key(writers, 0), true))
	if n := db.Metrics().Compact.Count; n == 0 {
		t.Error("nothing was compacted")
	}
	must(t, db.Close())
}

// quiet keeps pebble's own words out of the test's.
type quiet struct{}

func (quiet) Infof(string, ...any)           {}
func (quiet) Errorf(string, ...any)          {}
func (quiet) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }

func TestPebbleLocksItsDirectory(t *testing.T) {
	dir := t.TempDir()
	db, err := pebble.Open(dir, &pebble.Options{FS: NewFS(), Logger: quiet{}})
	must(t, err)
	if again, err := pebble.Open(dir, &pebble.Options{FS: NewFS(), Logger: quiet{}}); err == nil {
		must(t, again.Close())
		t.Error("it was opened twice")
	}
	must(t, db.Close())
}

func TestBolt(t *testing.T) {
	name := filepath.Join(t.TempDir(), "store")
	options := &bbolt.Options{OpenFile: OpenFile(t.Context())}
	for round := range 2 {
		db, err := bbolt.Open(name, 0o600, options)
		must(t, err)
		must(t, db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte("bucket"))
			if err != nil {
				return err
			}
			if got := b.Get([]byte("key")); (round == 1) != (string(got) == "value") {
				t.Errorf("round %d: got %q", round, got)
			}
			return b.Put([]byte("key"), []byte("value"))
		}))
		must(t, db.Close())
	}
}

func TestBoltsOpenEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bbolt.Open(filepath.Join(t.TempDir(), "store"), 0o600, &bbolt.Options{OpenFile: OpenFile(ctx)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
}

// An FS on an IO locks its directory as the system's does, and has pebble find what it has written.
func TestPebbleOnAnIO(t *testing.T) {
	aio, err := await.Default()
	must(t, err)
	dir, fs := filepath.Join(t.TempDir(), "store"), NewFSOn(aio)
	for round := range 2 {
		db, err := pebble.Open(dir, &pebble.Options{FS: fs, Logger: quiet{}})
		must(t, err)
		if _, err := pebble.Open(dir, &pebble.Options{FS: fs, Logger: quiet{}}); err == nil {
			t.Error("it was opened twice")
		}
		if round == 1 {
			value, closer, err := db.Get([]byte("key"))
			if err != nil || string(value) != "value" {
				t.Fatalf("got %q, %v", value, err)
			}
			must(t, closer.Close())
		}
		must(t, db.Set([]byte("key"), []byte("value"), pebble.Sync))
		if u, err := fs.GetDiskUsage(dir); err != nil || u.TotalBytes < u.AvailBytes || u.TotalBytes == 0 {
			t.Errorf("got %+v, %v", u, err)
		}
		must(t, db.Close())
	}
}
