package await

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkLending compares calls whose context can end, which are lent memory where they wait for the disk,
// with calls that nothing can end. Each iteration is a round of both, in turn; the metric is the median
// of what the first takes of the second, and its quartiles. A context alone, with LendNever, has its
// price too: nothing that it can end runs on its caller's thread.
func BenchmarkLending(b *testing.B) {
	const size = 64 << 20
	dir := b.TempDir()
	path := filepath.Join(dir, "file")
	must(b, os.WriteFile(path, make([]byte, size), 0o600))
	io := benchIO(b)
	b.Run("read cached", func(b *testing.B) {
		f := benchFile(b, FileConfig{IO: io}, path, os.O_RDONLY)
		buf := make([]byte, 4096)
		compareEnds(b, 2000, 1, func(ctx context.Context, _ int) error { return only(f.ReadAtContext(ctx, buf, 0)) })
	})
	for _, depth := range []int{1, 16, 64, 256} {
		for name, lending := range map[string]Lending{"lent": LendAuto, "context alone": LendNever} {
			b.Run(fmt.Sprintf("read direct/depth=%d/%s", depth, name), func(b *testing.B) {
				f := benchFile(b, FileConfig{IO: io, Lending: lending}, path, os.O_RDONLY|unix.O_DIRECT)
				buffers := make([][]byte, depth)
				for i := range buffers {
					buffers[i] = AlignedBuffer(4096)
				}
				compareEnds(b, max(512, 16*depth), depth, func(ctx context.Context, i int) error {
					return only(f.ReadAtContext(ctx, buffers[i], rand.Int64N(size/4096)*4096))
				})
			})
		}
	}
	record := make([]byte, 4096)
	b.Run("append", func(b *testing.B) {
		f := benchFile(b, FileConfig{IO: io}, filepath.Join(dir, "log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
		compareEnds(b, 500, 1, func(ctx context.Context, _ int) error { return only(f.WriteContext(ctx, record)) })
	})
	b.Run("append and sync", func(b *testing.B) {
		f := benchFile(b, FileConfig{IO: io}, filepath.Join(dir, "synced"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND)
		compareEnds(b, 20, 1, func(ctx context.Context, _ int) error { return only(f.AppendSync(ctx, record)) })
	})
	b.Run("copy", func(b *testing.B) {
		from, to := benchFile(b, FileConfig{IO: io}, path, os.O_RDONLY), benchFile(b, FileConfig{IO: io}, filepath.Join(dir, "copy"), os.O_WRONLY|os.O_CREATE)
		block := make([]byte, copyBufferSize)
		compareEnds(b, 64, 1, func(ctx context.Context, _ int) error {
			off := rand.Int64N(size/copyBufferSize) * copyBufferSize
			_, read := from.ReadAtContext(ctx, block, off)
			_, written := to.WriteAtContext(ctx, block, off)
			return errors.Join(read, written)
		})
	})
}

func benchFile(b *testing.B, config FileConfig, path string, flag int) *File {
	b.Helper()
	f, err := config.Open(background, path, flag, 0o600)
	if errors.Is(err, unix.EINVAL) {
		b.Skipf("this file system has no O_DIRECT: %v", err)
	}
	must(b, err)
	b.Cleanup(func() { must(b, f.Close()) })
	return f
}

// compareEnds makes rounds of so many calls, by so many goroutines.
func compareEnds(b *testing.B, calls, goroutines int, call func(ctx context.Context, i int) error) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	round := func(ctx context.Context) time.Duration {
		start := time.Now()
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Go(func() {
				for range calls / goroutines {
					if err := call(ctx, i); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		return time.Since(start)
	}
	round(ctx)
	round(background)
	var ratios []float64
	for i := range b.N {
		var ends, endless time.Duration
		if i%2 == 0 {
			ends = round(ctx)
			endless = round(background)
		} else {
			endless = round(background)
			ends = round(ctx)
		}
		ratios = append(ratios, float64(ends)/float64(endless))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(ratios[len(ratios)/4], "ratio-q1")
	b.ReportMetric(ratios[len(ratios)*3/4], "ratio-q3")
}
