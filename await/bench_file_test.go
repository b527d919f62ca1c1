//go:build unix

package await

import (
	"fmt"
	"os"
	"testing"
)

// BenchmarkRead reads 4 KiB that the page cache has.
func BenchmarkRead(b *testing.B) {
	const size = 4096
	for _, n := range []int{1, 64} {
		buffers := make([][]byte, n)
		for i := range buffers {
			buffers[i] = make([]byte, size)
		}
		b.Run(fmt.Sprintf("await/goroutines=%d", n), func(b *testing.B) {
			io := benchIO(b)
			fd, _ := tempFile(b, size)
			spread(b, n, func(i int) error {
				_, err := io.Read(background, fd, buffers[i], 0)
				return err
			})
		})
		b.Run(fmt.Sprintf("os/goroutines=%d", n), func(b *testing.B) {
			_, path := tempFile(b, size)
			f, err := os.Open(path)
			must(b, err)
			defer f.Close()
			spread(b, n, func(i int) error {
				_, err := f.ReadAt(buffers[i], 0)
				return err
			})
		})
	}
}
