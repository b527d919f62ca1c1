//go:build unix

package recipes

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/awaitio/awaitio/await"
)

func TestFilesArePassed(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "file"), []byte("contents"), 0o600))
	l, err := await.ListenStream("unix", filepath.Join(dir, "socket"))
	must(t, err)
	defer l.Close()
	a, err := await.DialStream("unix", filepath.Join(dir, "socket"))
	must(t, err)
	defer a.Close()
	b, err := l.AcceptUnix()
	must(t, err)
	defer b.Close()

	sent, err := await.Open(filepath.Join(dir, "file"))
	must(t, err)
	must(t, SendFile(t.Context(), a, sent))
	must(t, sent.Close())
	got, err := ReceiveFile(t.Context(), b, "received")
	must(t, err)
	p := make([]byte, 16)
	n, err := got.Read(p)
	must(t, err)
	if string(p[:n]) != "contents" || got.Name() != "received" {
		t.Errorf("got %q of %s", p[:n], got.Name())
	}
	must(t, got.Close())

	_, err = a.Write([]byte("x")) // and no file
	must(t, err)
	if got, err := ReceiveFile(t.Context(), b, "none"); err == nil {
		got.Close()
		t.Error("got a file where none was sent")
	}
}
