//go:build unix

package await

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestFileCallsDoNotAllocate(t *testing.T) {
	io := open(t, Config{})
	cancelable, cancel := context.WithCancel(background)
	defer cancel()
	f := patterned(t, FileConfig{IO: io}, 4096, os.O_RDWR)
	log := patterned(t, FileConfig{IO: io}, 0, os.O_RDWR|os.O_APPEND)
	p := make([]byte, 64)
	vector := [][]byte{p[:32], p[32:]}
	for name, call := range map[string]func(ctx context.Context) (int, error){
		"Read and Seek": func(ctx context.Context) (int, error) {
			if _, err := f.Seek(0, 0); err != nil {
				return 0, err
			}
			return f.ReadContext(ctx, p)
		},
		"ReadAt":      func(ctx context.Context) (int, error) { return f.ReadAtContext(ctx, p, 0) },
		"WriteAt":     func(ctx context.Context) (int, error) { return f.WriteAtContext(ctx, p, 0) },
		"ReadVAt":     func(ctx context.Context) (int, error) { return f.ReadVAt(ctx, vector, 0) },
		"WriteAtSync": func(ctx context.Context) (int, error) { return f.WriteAtSync(ctx, p, 0) },
		"AppendSync":  func(ctx context.Context) (int, error) { return log.AppendSync(ctx, p) },
		"AppendVSync": func(ctx context.Context) (int, error) { return log.AppendVDatasync(ctx, vector) },
		"Sync":        func(ctx context.Context) (int, error) { return 0, f.SyncContext(ctx) },
	} {
		for kind, ctx := range map[string]context.Context{"background": background, "cancelable": cancelable} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				run := func() {
					if _, err := call(ctx); err != nil {
						t.Fatal(err)
					}
				}
				for range 100 { // to steady state
					run()
				}
				if !testutil.Holds(t, io.Backend(), "file operations allocate nothing") {
					return
				}
				if kind == "cancelable" && race.Enabled {
					return // the records of such calls are in pools, which forget at random under the detector
				}
				if n := testing.AllocsPerRun(100, run); n > 0 {
					t.Errorf("%v allocations, want none", n)
				}
			})
		}
	}
}

// TestSharedSyncsDoNotAllocate has several callers wait for each other.
func TestSharedSyncsDoNotAllocate(t *testing.T) {
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 0, os.O_RDWR|os.O_APPEND)
	const writers, each = 8, 50
	p := make([]byte, 64)
	run := func() {
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range each {
					if _, err := f.AppendSync(background, p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	}
	run() // to steady state
	if !testutil.Holds(t, io.Backend(), "file operations allocate nothing") {
		return
	}
	if n := testing.AllocsPerRun(3, run); n > writers*each/4 {
		t.Errorf("%v allocations for %d records, want some for the goroutines alone", n, writers*each)
	}
}
