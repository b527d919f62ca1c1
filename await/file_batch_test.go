//go:build unix

package await

import (
	"bytes"
	"context"
	goio "io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// patterned is a file with testutil.FileContents.
func patterned(t *testing.T, config FileConfig, size, flag int) *File {
	t.Helper()
	path := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(path, testutil.FileContents(0, size), 0o600))
	f, err := config.Open(background, path, flag, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func onConfigs(t *testing.T, test func(t *testing.T, config FileConfig)) {
	for name, config := range map[string]FileConfig{"plain": {}, "abandonable": {Lending: LendAlways}} {
		t.Run(name, func(t *testing.T) {
			config.IO = open(t, Config{MaxQueued: 100})
			test(t, config)
		})
	}
}

func TestReadAtBatchOfTenThousand(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		const size, count = 1 << 20, 10000
		f := patterned(t, config, size, os.O_RDONLY)
		random := seeded(t)
		ranges := make([]FileRange, count)
		for i := range ranges {
			ranges[i] = FileRange{Buf: make([]byte, 1+random.IntN(300)), Offset: random.Int64N(size - 300), N: 77, Err: goio.ErrNoProgress}
		}
		must(t, f.ReadAtBatch(background, ranges))
		for i, r := range ranges {
			if r.N != len(r.Buf) || r.Err != nil || !bytes.Equal(r.Buf, testutil.FileContents(int(r.Offset), len(r.Buf))) {
				t.Fatalf("range %d: %d of %d bytes, %v, or others than those of the file", i, r.N, len(r.Buf), r.Err)
			}
		}
	})
}

func TestReadAtBatchTellsOfEachRange(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 1000, os.O_RDONLY)
		ranges := []FileRange{
			{Buf: make([]byte, 10), Offset: 5},
			{Buf: make([]byte, 10), Offset: 995},
			{Buf: nil, Offset: 7},
			{Buf: make([]byte, 10), Offset: -1},
			{Buf: make([]byte, 10), Offset: 2000},
		}
		if err := f.ReadAtBatch(background, ranges); err != goio.EOF {
			t.Errorf("got %v, want the first range's io.EOF", err)
		}
		for i, want := range []struct {
			n   int
			err error
		}{{10, nil}, {5, goio.EOF}, {0, nil}, {0, errNegativeOffset}, {0, goio.EOF}} {
			if r := ranges[i]; r.N != want.n || want.err == nil != (r.Err == nil) {
				t.Errorf("range %d: %d, %v, want %d, %v", i, r.N, r.Err, want.n, want.err)
			} else if want.err != nil {
				wantIs(t, r.Err, want.err)
			}
		}
		must(t, f.ReadAtBatch(background, nil))
		wantIs(t, f.WriteAtBatch(background, []FileRange{{Buf: []byte("x")}}), unix.EBADF)
		must(t, f.Close())
		wantIs(t, f.ReadAtBatch(background, ranges[:1]), os.ErrClosed)
		wantIs(t, (*File)(nil).ReadAtBatch(background, ranges), os.ErrInvalid)
	})
}

func TestBatchOfAnEndedContext(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 1000, os.O_RDWR)
		ctx, cause := canceled()
		ranges := make([]FileRange, 3000)
		for i := range ranges {
			ranges[i].Buf = make([]byte, 8)
		}
		wantIs(t, f.ReadAtBatch(ctx, ranges), cause)
		wantIs(t, ranges[2999].Err, cause, proactor.ErrCanceled)
		wantIs(t, f.WriteAtBatch(ctx, ranges), cause)
		ctx, cancel := context.WithCancel(background)
		go cancel() // somewhere in the middle
		_ = f.ReadAtBatch(ctx, ranges)
		for i, r := range ranges {
			if whole := r.N == 8; whole != (r.Err == nil) {
				t.Fatalf("range %d: %d bytes and %v", i, r.N, r.Err)
			}
		}
	})
}

func TestWriteAtBatchAndVectors(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		const count, each = 3000, 50
		f := patterned(t, config, 0, os.O_RDWR)
		want := testutil.FileContents(0, count*each)
		ranges := make([]FileRange, count)
		buffers := make([][]byte, count)
		for i := range ranges {
			at := i * each
			ranges[i] = FileRange{Buf: want[at : at+each], Offset: int64(at)}
			buffers[i] = make([]byte, each)
		}
		buffers[7], buffers[8] = nil, make([]byte, 2*each)
		must(t, f.WriteAtBatch(background, ranges))
		n, err := f.ReadVAt(background, buffers, 0)
		wantCount(t, "ReadVAt", n, err, len(want))
		if !bytes.Equal(bytes.Join(buffers, nil), want) {
			t.Error("ReadVAt got others than WriteAtBatch wrote")
		}
		n, err = f.WriteVAt(background, buffers, 100)
		wantCount(t, "WriteVAt", n, err, len(want))
		got := make([]byte, len(want))
		n, err = f.ReadAt(got, 100)
		wantCount(t, "ReadAt", n, err, len(want))
		if !bytes.Equal(got, want) {
			t.Error("others than WriteVAt wrote")
		}
		n, err = f.ReadVAt(background, buffers, int64(len(want)+90))
		if n != 10 || err != goio.EOF {
			t.Errorf("ReadVAt at the end: %d, %v", n, err)
		}
		n, err = f.ReadVAt(background, [][]byte{nil, {}}, 0)
		wantCount(t, "ReadVAt into nothing", n, err, 0)
	})
}

func TestWriteSyncs(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 100, os.O_RDWR)
		n, err := f.WriteAtSync(background, []byte("synced"), 3)
		wantCount(t, "WriteAtSync", n, err, 6)
		_, err = f.AppendSync(background, []byte("x"))
		wantIs(t, err, errNotAppending)
		a, err := config.Open(background, f.Name(), os.O_RDWR|os.O_APPEND, 0)
		must(t, err)
		defer a.Close()
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				n, err := a.AppendSync(background, []byte("record;"))
				if n != 7 || err != nil {
					t.Errorf("AppendSync: %d, %v", n, err)
				}
			})
		}
		wg.Wait()
		_, err = a.WriteAtSync(background, []byte("x"), 0)
		wantIs(t, err, errWriteAtAppending)
		got, err := outside.ReadFile(f.Name())
		must(t, err)
		want := append(testutil.FileContents(0, 100), bytes.Repeat([]byte("record;"), 10)...)
		copy(want[3:], "synced")
		if !bytes.Equal(got, want) {
			t.Errorf("got %q", got)
		}
	})
}

func TestReadAtsRunSideBySide(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		const size = 1 << 20
		f := patterned(t, config, size, os.O_RDWR)
		var wg sync.WaitGroup
		for g := range 20 {
			wg.Go(func() {
				b := make([]byte, 700)
				for i := range 50 {
					off := (g*50 + i) * 1000
					n, err := f.ReadAt(b, int64(off))
					if n != len(b) || err != nil || !bytes.Equal(b, testutil.FileContents(off, len(b))) {
						t.Errorf("ReadAt %d: %d, %v", off, n, err)
						return
					}
				}
			})
		}
		wg.Wait()
	})
}

// Sequential reads and writes take turns: none gets another's bytes, and none is
// skipped.
func TestSequentialReadsTakeTurns(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		const size, each = 80000, 100
		f := patterned(t, config, size, os.O_RDWR)
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range size / each / 8 {
					b := make([]byte, each)
					if _, err := goio.ReadFull(f, b); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					seen[string(b)]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for at := 0; at < size; at += each {
			seen[string(testutil.FileContents(at, each))]--
		}
		for _, surplus := range seen {
			if surplus != 0 {
				t.Fatal("parts were read twice or not at all")
			}
		}
	})
}
