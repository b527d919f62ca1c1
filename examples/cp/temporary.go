package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A temporary is a file on its way to becoming a copy.
type temporary struct {
	f    *await.File
	path string
	done bool // it has its final name
}

var temporaryName = regexp.MustCompile(`^\.cp-[0-9a-f]{16}\.part$`)

func isTemporary(name string) bool { return temporaryName.MatchString(name) }

// temporaryPath is in the directory of dst, for the rename, and the same in each
// run. It is short, however long the name of dst is.
func temporaryPath(dst string) string {
	sum := sha256.Sum256([]byte(filepath.Base(dst)))
	return filepath.Join(filepath.Dir(dst), fmt.Sprintf(".cp-%x.part", sum[:8]))
}

// createTemporary makes an empty file, and replaces what a run before this one
// left. Nobody else may read what may be a secret.
func createTemporary(ctx context.Context, dst string) (*temporary, error) {
	path := temporaryPath(dst)
	if err := await.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := await.OpenFileContext(ctx, path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &temporary{f: f, path: path}, nil
}

// publish gives the file the mode and time of its source and then its final name:
// who sees that sees all of it.
func (t *temporary) publish(e entry) error {
	if err := t.f.Close(); err != nil {
		return err
	}
	if err := await.Chmod(t.path, e.info.Mode().Perm()); err != nil {
		return err
	}
	if err := await.Chtimes(t.path, time.Time{}, e.info.ModTime()); err != nil {
		return err
	}
	if err := await.Rename(t.path, e.dst); err != nil {
		return err
	}
	t.done = true
	return nil
}

// discard takes away what has no final name.
func (t *temporary) discard() {
	if !t.done {
		_ = t.f.Close()          // may have been done
		_ = await.Remove(t.path) // the next run would do it
	}
}

// removeTemporaries takes away what a crash left in dir.
func removeTemporaries(dir string) error {
	inside, err := await.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range inside {
		if isTemporary(e.Name()) && e.Type().IsRegular() {
			if err := await.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
