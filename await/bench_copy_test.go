//go:build unix

package await

import (
	goio "io"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkCopy moves 64 MiB of a file to a connection, and from one connection
// to another: with package net, where the kernel moves them (sendfile(2),
// splice(2)) and where a buffer does, and with this package.
func BenchmarkCopy(b *testing.B) {
	const size = 64 << 20
	path := filepath.Join(tempDir(b), "file")
	must(b, os.WriteFile(path, make([]byte, size), 0o600))
	buffer := make([]byte, copyBufferSize)
	bySystem := func(to net.Conn, from goio.Reader) error { _, err := goio.Copy(to, from); return err }
	byBuffer := func(to net.Conn, from goio.Reader) error {
		_, err := goio.CopyBuffer(struct{ goio.Writer }{to}, readerOnly{from}, buffer)
		return err
	}
	theirs := func(b *testing.B) stack { return stack{listen: net.Listen, dial: net.Dial} }
	ours := func(b *testing.B) stack {
		io := open(b, Config{})
		return stack{listen: io.Listen, dial: io.Dial}
	}
	for _, tt := range []struct {
		name  string
		stack func(b *testing.B) stack
		move  func(to net.Conn, from goio.Reader) error
	}{
		{"net/system", theirs, bySystem},
		{"net/buffer", theirs, byBuffer},
		{"await", ours, bySystem},
	} {
		b.Run("file/"+tt.name, func(b *testing.B) { benchmarkFromFile(b, tt.stack(b), path, size, tt.move) })
		b.Run("conn/"+tt.name, func(b *testing.B) { benchmarkFromConn(b, tt.stack(b), size, tt.move) })
	}
}

func benchmarkFromFile(b *testing.B, s stack, path string, size int64, move func(to net.Conn, from goio.Reader) error) {
	to, sink := benchPair(b, s)
	f, err := os.Open(path)
	must(b, err)
	defer f.Close()
	done := swallow(b, sink, size*int64(b.N))
	b.SetBytes(size)
	b.ResetTimer()
	for range b.N {
		_, err := f.Seek(0, goio.SeekStart)
		must(b, err)
		must(b, move(to, f))
	}
	<-done
}

func benchmarkFromConn(b *testing.B, s stack, size int64, move func(to net.Conn, from goio.Reader) error) {
	to, sink := benchPair(b, s)
	source, from := benchPair(b, s)
	done := swallow(b, sink, size*int64(b.N))
	b.SetBytes(size)
	b.ResetTimer()
	go func() {
		block := make([]byte, 1<<20)
		for range int64(b.N) * size / int64(len(block)) {
			if _, err := source.Write(block); err != nil {
				b.Error(err)
			}
		}
		source.Close()
	}()
	must(b, move(to, from))
	<-done
}

// benchPair is both ends of a connection, until b ends.
func benchPair(b *testing.B, s stack) (x, y net.Conn) {
	l, err := s.listen("tcp4", "127.0.0.1:0")
	must(b, err)
	defer l.Close()
	x, err = s.dial("tcp4", l.Addr().String())
	must(b, err)
	b.Cleanup(func() { x.Close() })
	y, err = l.Accept()
	must(b, err)
	b.Cleanup(func() { y.Close() })
	return x, y
}

// swallow reads n bytes of c.
func swallow(b *testing.B, c net.Conn, n int64) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 256<<10)
		for n > 0 {
			got, err := c.Read(buffer)
			if err != nil {
				b.Error(err)
				return
			}
			n -= int64(got)
		}
	}()
	return done
}
