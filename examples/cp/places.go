package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/awaitio/awaitio/await"
)

// checkPlaces refuses sources and destinations that cannot go together.
func checkPlaces(src, dst string) error {
	from, err := await.Lstat(src)
	if err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	to, err := await.Stat(dst)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("the destination: %w", err)
	case to.IsDir() && !from.IsDir():
		return fmt.Errorf("%s is a directory: name the copy, as in %s", dst, filepath.Join(dst, filepath.Base(src)))
	case !to.IsDir() && from.IsDir():
		return fmt.Errorf("%s exists and is not a directory: choose another name for the copy", dst)
	}
	realSrc, err := realPath(src, from.Mode()&fs.ModeSymlink != 0)
	if err != nil {
		return err
	}
	realDst, err := realPath(dst, false)
	if err != nil {
		return err
	}
	return checkApart(realSrc, realDst)
}

func checkApart(src, dst string) error {
	switch {
	case src == dst:
		return fmt.Errorf("source and destination are the same: %s", src)
	case isInside(dst, src):
		return fmt.Errorf("the destination %s is inside the source %s: choose a place outside it", dst, src)
	case isInside(src, dst):
		return fmt.Errorf("the source %s is inside the destination %s: choose another name for the copy", src, dst)
	}
	return nil
}

func isInside(path, dir string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// realPath is the absolute path without symbolic links, but for the last element
// of what is itself one. What is not there yet has the path it will have.
func realPath(path string, isLink bool) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if !isLink {
		resolved, err := filepath.EvalSymlinks(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return resolved, err
		}
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("directory %s does not exist: create it first", filepath.Dir(path))
	}
	return filepath.Join(dir, filepath.Base(path)), err
}
