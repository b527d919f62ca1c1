//go:build unix

package sim

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// differences tells how a tree that a crash has left differs from what was seen, a line each.
func differences(seen, left fs.FS) string {
	var s strings.Builder
	for _, name := range union(names(seen), names(left)) {
		if d := difference(seen, left, name); d != "" {
			fmt.Fprintf(&s, "    /%s: %s\n", name, d)
		}
	}
	return s.String()
}

// names are the paths of all that is in a tree.
func names(tree fs.FS) (all []string) {
	_ = fs.WalkDir(tree, ".", func(name string, _ fs.DirEntry, err error) error {
		if name != "." {
			all = append(all, name)
		}
		return err
	}) // a file system in memory that does not change has no errors
	return all
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func difference(seen, left fs.FS, name string) string {
	was, err := fs.Lstat(seen, name)
	if err != nil {
		return "is there again"
	}
	is, err := fs.Lstat(left, name)
	switch {
	case err != nil:
		return "is not there"
	case was.Mode().Type() != is.Mode().Type():
		return fmt.Sprintf("is %v, was %v", is.Mode().Type(), was.Mode().Type())
	case !was.Mode().IsRegular():
		return ""
	}
	old, err := fs.ReadFile(seen, name)
	if err != nil {
		return err.Error()
	}
	now, err := fs.ReadFile(left, name)
	if err != nil {
		return err.Error()
	}
	return compare(old, now)
}

// compare tells how the contents of a file differ.
func compare(was, is []byte) string {
	n := min(len(was), len(is))
	at := 0
	for at < n && was[at] == is[at] {
		at++
	}
	switch {
	case at < n:
		return fmt.Sprintf("%d of %d bytes, which differ from the byte at %d on", len(is), len(was), at)
	case len(is) != len(was):
		return fmt.Sprintf("%d of %d bytes", len(is), len(was))
	}
	return ""
}
