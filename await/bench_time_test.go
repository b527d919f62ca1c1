//go:build unix

package await

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// BenchmarkSleep is a sleep of no length, and then one of a millisecond by so
// many goroutines that its length is shared.
func BenchmarkSleep(b *testing.B) {
	b.Run("0", func(b *testing.B) {
		io := benchIO(b)
		b.ReportAllocs()
		for b.Loop() {
			if err := io.Sleep(background, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, n := range []int{64, 4096} {
		b.Run(fmt.Sprintf("1ms/goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			spread(b, n, func(int) error { return io.Sleep(background, time.Millisecond) })
		})
	}
}

// BenchmarkTimedOutRecv is a receive that its timeout stops at once.
func BenchmarkTimedOutRecv(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			fds, buffers := make([]int, n), make([][]byte, n)
			for i := range fds {
				fds[i], _ = testutil.SocketPair(b)
				buffers[i] = make([]byte, 8)
			}
			spread(b, n, func(i int) error {
				if _, err := io.RecvWithTimeout(background, fds[i], buffers[i], 0, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
					return fmt.Errorf("want a timeout, got %w", err)
				}
				return nil
			})
		})
	}
}
