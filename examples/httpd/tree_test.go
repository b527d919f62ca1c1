//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNothingOutsideIsServed(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	write(t, secret, "secret")
	s := serve(t, httpd{}, map[string]string{"sub/a.txt": "inside"})
	for name, to := range map[string]string{
		"in":       "sub/a.txt",
		"sub/back": "../sub/a.txt",
		"out":      "../" + filepath.Base(filepath.Dir(secret)) + "/secret",
		"absolute": secret,
		"up":       "..",
		"loop":     "loop",
		"dangling": "nothing",
	} {
		if err := os.Symlink(to, filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(s.dir, "fifo"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.want(t, "in", 200, "inside")
	s.want(t, "sub/back", 200, "inside")
	s.want(t, "dangling", 404, "")
	for _, name := range []string{"out", "absolute", "up/", "up/x", "loop", "fifo"} {
		s.want(t, name, 403, "Forbidden")
	}
	for _, name := range []string{"../secret", "%2e%2e/secret", "sub/%2e%2e/%2e%2e/secret", "a%00b"} {
		if answer, got := s.get(t, name); answer.StatusCode < 400 || got == "secret" {
			t.Errorf("%s: got %d and %q", name, answer.StatusCode, got)
		}
	}
}

// The file was another one when it was found inside.
func TestFileThatWasSwappedIsNotServed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "a"), "inside")
	write(t, filepath.Join(other, "a"), "secret")
	tree, err := openTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	tree.files = os.DirFS(other)
	if _, err := tree.Open("a"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want that it is forbidden", err)
	}
}
