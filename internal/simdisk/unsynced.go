//go:build unix

package simdisk

import (
	"fmt"
	"time"
)

// An Effect is something that a crash may lose, in words.
type Effect struct {
	At   time.Time
	Path string // the present one; that of an unlinked file is its number
	Text string // what was done: "write of 100 bytes at 4096", "create", "rename to /b"
}

// String is the effect in a line.
func (e Effect) String() string { return e.Path + ": " + e.Text }

// Unsynced lists what is not stable yet, in order.
func (d *Disk) Unsynced() []Effect {
	var all []Effect
	paths := d.paths()
	for _, e := range d.pending {
		if !e.done {
			all = append(all, e.describe(paths))
		}
	}
	return all
}

func (e *effect) describe(paths map[uint64]string) Effect {
	out := Effect{At: time.Unix(0, e.when).UTC(), Path: named(paths, e.ino)}
	switch {
	case e.naming != nil:
		entries := e.naming.entries
		out.Path, out.Text = entries[0].path(paths), e.naming.verb
		if len(entries) > 1 {
			out.Text += " to " + entries[1].path(paths)
		}
	case e.attr != nil:
		out.Text = "attributes"
	case e.data != nil:
		out.Text = fmt.Sprintf("write of %d bytes at %d", len(e.data), e.off)
		if e.grows() {
			out.Text += fmt.Sprintf(", size %d", e.end())
		}
	default:
		out.Text = fmt.Sprintf("truncate to %d", e.size)
	}
	return out
}

func (e entry) path(paths map[uint64]string) string {
	if dir := named(paths, e.dir); dir != "/" {
		return dir + "/" + e.name
	}
	return "/" + e.name
}

func named(paths map[uint64]string, ino uint64) string {
	if path, ok := paths[ino]; ok {
		return path
	}
	return fmt.Sprintf("(unlinked %d)", ino)
}

// paths are the nodes' present paths, of several the first.
func (d *Disk) paths() map[uint64]string {
	paths := map[uint64]string{rootIno: "/"}
	var visit func(dir uint64, prefix string)
	visit = func(dir uint64, prefix string) {
		n := d.seen.get(dir)
		for _, name := range sortedNames(n) {
			ino := n.names[name]
			if _, known := paths[ino]; !known {
				paths[ino] = prefix + name
				visit(ino, prefix+name+"/")
			}
		}
	}
	visit(rootIno, "/")
	return paths
}
