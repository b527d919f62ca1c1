package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// explain adds to an error what the user can do about it.
func explain(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	for _, h := range hints {
		if errors.Is(err, h.err) {
			return fmt.Errorf("%w (%s)", err, h.hint)
		}
	}
	return err
}

var hints = []struct {
	err  error
	hint string
}{
	{syscall.ENOSPC, "make room and run it again: files that are complete stay"},
	{syscall.EDQUOT, "make room and run it again: files that are complete stay"},
	{syscall.EMFILE, "open fewer files with -n, or raise the limit: ulimit -n"},
	{syscall.EROFS, "the destination is mounted read-only"},
	{fs.ErrPermission, "you may not do that there: look at the permissions, or run it as another user"},
}

// endsEverything reports whether the next file would fail in the same way.
func endsEverything(err error) bool {
	for _, fatal := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, fatal) {
			return true
		}
	}
	return false
}
