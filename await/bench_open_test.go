//go:build unix

package await

import (
	"context"
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
		dir := tempDir(b)
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

// BenchmarkStat asks for a file that the kernel has in its caches, with a context that can end and
// without one.
func BenchmarkStat(b *testing.B) {
	name := filepath.Join(b.TempDir(), "file")
	must(b, os.WriteFile(name, nil, 0o600))
	io := benchIO(b)
	ctx, stop := context.WithCancel(background)
	defer stop()
	for who, stat := range map[string]func() (fs.FileInfo, error){
		"os":            func() (fs.FileInfo, error) { return os.Stat(name) },
		"await":         func() (fs.FileInfo, error) { return io.Stat(name) },
		"await/context": func() (fs.FileInfo, error) { return io.StatContext(ctx, name) },
	} {
		b.Run(who, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stat(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
