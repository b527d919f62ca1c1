//go:build unix

package await

import (
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A statCloser is a file, package os's or ours.
type statCloser interface {
	goio.Closer
	Stat() (fs.FileInfo, error)
}

// BenchmarkOpenStatClose opens a small file that the kernel has in its caches, asks for its size
// and closes it.
func BenchmarkOpenStatClose(b *testing.B) {
	for _, n := range []int{1, 64} {
		names := make([]string, n)
		dir := b.TempDir()
		for i := range names {
			names[i] = filepath.Join(dir, fmt.Sprint(i))
			must(b, os.WriteFile(names[i], []byte("small"), 0o600))
		}
		io := benchIO(b)
		for who, open := range map[string]func(name string) (statCloser, error){
			"await": func(name string) (statCloser, error) { return io.Open(name) },
			"os":    func(name string) (statCloser, error) { return os.Open(name) },
		} {
			b.Run(fmt.Sprintf("%s/goroutines=%d", who, n), func(b *testing.B) {
				spread(b, n, func(i int) error { return openStatClose(open, names[i]) })
			})
		}
	}
}

func openStatClose(open func(name string) (statCloser, error), name string) error {
	f, err := open(name)
	if err != nil {
		return err
	}
	if _, err := f.Stat(); err != nil {
		return err
	}
	return f.Close()
}
