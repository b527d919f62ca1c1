//go:build unix

package sim

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// MkdirAll is os.MkdirAll.
func (b *Boot) MkdirAll(name string, perm os.FileMode) error {
	if info, err := b.info("stat", name, sysfile.StatFollow); err == nil {
		if info.IsDir() {
			return nil
		}
		return &fs.PathError{Op: "mkdir", Path: name, Err: syscall.ENOTDIR}
	}
	trimmed := strings.TrimRight(name, "/")
	if parent := trimmed[:strings.LastIndexByte(trimmed, '/')+1]; parent != "" && parent != name {
		if parent = strings.TrimSuffix(parent, "/"); parent != "" {
			if err := b.MkdirAll(parent, perm); err != nil {
				return err
			}
		}
	}
	err := b.Mkdir(name, perm)
	if err != nil { // "a/." is there by now
		if info, statErr := b.lstat(name); statErr == nil && info.IsDir() {
			return nil
		}
	}
	return err
}

// RemoveAll is os.RemoveAll.
func (b *Boot) RemoveAll(name string) error {
	if name == "" {
		return nil
	}
	if name == "." || strings.HasSuffix(name, "/.") {
		return &fs.PathError{Op: "RemoveAll", Path: name, Err: syscall.EINVAL}
	}
	return b.removeAll(name)
}

// removeAll removes what it can, and returns the first error.
func (b *Boot) removeAll(name string) error {
	err := b.remove("unlinkat", name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	entries, readErr := b.ReadDir(name)
	if readErr != nil {
		return err // it is no directory, or has gone
	}
	var first error
	for _, e := range entries {
		if err := b.removeAll(sysfile.JoinPath(name, e.Name())); first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	return b.remove("unlinkat", name)
}

// MkdirTemp is os.MkdirTemp with numbers of the World's.
func (b *Boot) MkdirTemp(dir, pattern string) (string, error) {
	if dir == "" {
		dir = b.TempDir()
	}
	prefix, suffix, err := sysfile.TempName(pattern)
	if err != nil {
		return "", &fs.PathError{Op: "mkdirtemp", Path: pattern, Err: err}
	}
	prefix = sysfile.JoinPath(dir, prefix)
	for {
		name := prefix + b.tempNumber() + suffix
		if err := b.Mkdir(name, 0o700); err == nil {
			return name, nil
		} else if !errors.Is(err, fs.ErrExist) {
			if _, statErr := b.info("stat", dir, sysfile.StatFollow); errors.Is(err, fs.ErrNotExist) && errors.Is(statErr, fs.ErrNotExist) {
				return "", statErr
			}
			return "", err
		}
	}
}

// tempNumber is a number for a name that is not there yet.
func (b *Boot) tempNumber() string {
	b.w.enter()
	defer b.w.leave()
	d := b.host.disk
	return strconv.FormatUint(d.draw(chanceDiskPart, d.id)>>32, 10)
}
