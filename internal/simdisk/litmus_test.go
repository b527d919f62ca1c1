//go:build unix

package simdisk

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// A litmus is calls, and all that a crash after them may leave with each of the models. A
// sector has 4 bytes, so that few bytes show how a write is torn.
type litmus struct {
	name   string
	do     func(r *rig)
	strict []string
	ext4   []string
	xfs    []string // nil: as ext4
}

var litmuses = []litmus{
	{
		name:   "create",
		do:     func(r *rig) { r.file("a").Close() },
		strict: []string{"", "a="},
		ext4:   []string{"", "a="},
	},
	{
		name:   "write to a new file",
		do:     func(r *rig) { r.put("a", 0, "12345678") },
		strict: []string{"", "a=", "a=........", "a=1234....", "a=....5678", "a=12345678"},
		ext4:   []string{"", "a=", "a=12345678"},
	},
	{
		name:   "write and sync the file alone",
		do:     func(r *rig) { r.put("a", 0, "1234"); r.sync("a") },
		strict: []string{"", "a=1234"},
		ext4:   []string{"a=1234"},
	},
	{
		name:   "write, sync the directory alone",
		do:     func(r *rig) { r.put("a", 0, "1234"); r.sync("/") },
		strict: []string{"a=", "a=....", "a=1234"},
		ext4:   []string{"a=", "a=1234"},
	},
	{
		name:   "write, sync both",
		do:     func(r *rig) { r.put("a", 0, "1234"); r.sync("a"); r.sync("/") },
		strict: []string{"a=1234"},
		ext4:   []string{"a=1234"},
	},
	{
		name:   "overwrite two sectors",
		do:     func(r *rig) { r.settle("a", "12345678"); r.put("a", 0, "abcdefgh") },
		strict: []string{"a=12345678", "a=abcd5678", "a=1234efgh", "a=abcdefgh"},
		ext4:   []string{"a=12345678", "a=abcd5678", "a=1234efgh", "a=abcdefgh"},
	},
	{
		name:   "overwrite a sector twice",
		do:     func(r *rig) { r.settle("a", "1234"); r.put("a", 0, "ab"); r.put("a", 2, "cd") },
		strict: []string{"a=1234", "a=ab34", "a=abcd"},
		ext4:   []string{"a=1234", "a=ab34", "a=abcd"},
	},
	{
		name:   "append",
		do:     func(r *rig) { r.settle("a", "12"); r.put("a", 2, "3456") },
		strict: []string{"a=12", "a=12....", "a=1234..", "a=12..56", "a=123456"},
		ext4:   []string{"a=12", "a=123456"},
	},
	{
		name:   "append twice",
		do:     func(r *rig) { r.settle("a", "1"); r.put("a", 1, "2"); r.put("a", 2, "3") },
		strict: []string{"a=1", "a=1.", "a=1..", "a=12", "a=12.", "a=123"},
		ext4:   []string{"a=1", "a=12", "a=123"},
	},
	{
		name:   "replace by rename, without a sync",
		do:     func(r *rig) { r.settle("a", "old"); r.put("b", 0, "new"); r.ok(r.Rename(nil, "b", nil, "a", 0)) },
		strict: []string{"a=", "a=...", "a=new", "a=old", "a=old b=", "a=old b=...", "a=old b=new"},
		ext4:   []string{"a=new", "a=old", "a=old b=", "a=old b=new"},
		xfs:    []string{"a=", "a=new", "a=old", "a=old b=", "a=old b=new"},
	},
	{
		name: "replace by rename, with a sync of the file",
		do: func(r *rig) {
			r.settle("a", "old")
			r.put("b", 0, "new")
			r.sync("b")
			r.ok(r.Rename(nil, "b", nil, "a", 0))
		},
		strict: []string{"a=new", "a=old", "a=old b=new"},
		ext4:   []string{"a=new", "a=old b=new"},
	},
	{
		name:   "rename to a new name",
		do:     func(r *rig) { r.put("a", 0, "1"); r.sync("/"); r.ok(r.Rename(nil, "a", nil, "b", 0)) },
		strict: []string{"a=", "a=.", "a=1", "b=", "b=.", "b=1"},
		ext4:   []string{"a=", "a=1", "b=", "b=1"},
	},
	{
		name: "rename to another directory, sync of either",
		do: func(r *rig) {
			r.ok(r.Mkdir(nil, "d", 0o755))
			r.settle("a", "1")
			r.settle("b", "2")
			r.ok(r.Rename(nil, "a", nil, "d/a", 0))
			r.sync("/")
			r.ok(r.Rename(nil, "b", nil, "d/b", 0))
			r.sync("d")
		},
		strict: []string{"d/ d/a=1 d/b=2"},
		ext4:   []string{"d/ d/a=1 d/b=2"},
	},
	{
		name:   "two files, the second synced",
		do:     func(r *rig) { r.put("a", 0, "1"); r.put("b", 0, "2"); r.sync("b") },
		strict: []string{"", "a=", "a=.", "a=1", "a= b=2", "a=. b=2", "a=1 b=2", "b=2"},
		ext4:   []string{"a= b=2", "a=1 b=2"},
	},
	{
		name:   "a sync keeps no names from after the file's last change",
		do:     func(r *rig) { r.settle("a", "1"); r.ok(r.Mkdir(nil, "d", 0o755)); r.sync("a") },
		strict: []string{"a=1", "a=1 d/"},
		ext4:   []string{"a=1", "a=1 d/"},
	},
	{
		name:   "mkdir and a file in it, which is synced",
		do:     func(r *rig) { r.ok(r.Mkdir(nil, "d", 0o755)); r.put("d/a", 0, "1"); r.sync("d/a") },
		strict: []string{"", "d/", "d/ d/a=1"},
		ext4:   []string{"d/ d/a=1"},
	},
	{
		name:   "mkdir, and a sync of the new directory",
		do:     func(r *rig) { r.ok(r.Mkdir(nil, "d", 0o755)); r.file("d/a").Close(); r.sync("d") },
		strict: []string{"", "d/ d/a="},
		ext4:   []string{"d/ d/a="},
	},
	{
		name:   "unlink",
		do:     func(r *rig) { r.settle("a", "1"); r.ok(r.Unlink(nil, "a")) },
		strict: []string{"", "a=1"},
		ext4:   []string{"", "a=1"},
	},
	{
		name: "unlink all in a directory and the directory",
		do: func(r *rig) {
			r.ok(r.Mkdir(nil, "d", 0o755))
			r.settle("d/a", "1")
			r.ok(r.Unlink(nil, "d/a"))
			r.ok(r.Rmdir(nil, "d"))
		},
		strict: []string{"", "d/", "d/ d/a=1"},
		ext4:   []string{"", "d/", "d/ d/a=1"},
	},
	{
		name:   "names in order",
		do:     func(r *rig) { r.file("a").Close(); r.file("b").Close(); r.ok(r.Unlink(nil, "a")) },
		strict: []string{"", "a=", "a= b=", "b="},
		ext4:   []string{"", "a=", "a= b=", "b="},
	},
	{
		name:   "names of which the first can be lost alone",
		do:     func(r *rig) { r.file("a").Close(); r.file("b").Close() },
		strict: []string{"", "a=", "a= b=", "b="},
		ext4:   []string{"", "a=", "a= b="},
	},
	{
		name:   "truncate",
		do:     func(r *rig) { r.settle("a", "12345678"); r.ok(r.Truncate(nil, "a", 2)) },
		strict: []string{"a=12", "a=12345678"},
		ext4:   []string{"a=12", "a=12345678"},
	},
	{
		name:   "truncate and write anew",
		do:     func(r *rig) { r.settle("a", "123456"); r.ok(r.Truncate(nil, "a", 0)); r.put("a", 0, "new") },
		strict: []string{"a=", "a=...", "a=123456", "a=new"},
		ext4:   []string{"a=", "a=123456", "a=new"},
	},
	{
		name:   "truncate after an append",
		do:     func(r *rig) { r.settle("a", "12"); r.put("a", 2, "3456"); r.ok(r.Truncate(nil, "a", 4)) },
		strict: []string{"a=12", "a=12..", "a=1234", "a=12....", "a=1234..", "a=12..56", "a=123456"},
		ext4:   []string{"a=12", "a=12..", "a=1234", "a=123456"},
		xfs:    []string{"a=12", "a=1234", "a=123456"},
	},
	{
		name: "a truncation that another file's sync keeps",
		do: func(r *rig) {
			r.settle("a", "12345678")
			r.settle("b", "")
			r.put("a", 0, "abcdefgh")
			r.ok(r.Truncate(nil, "a", 2))
			r.put("b", 0, "x")
			r.sync("b")
		},
		strict: []string{"a=12 b=x", "a=12345678 b=x", "a=1234efgh b=x", "a=ab b=x", "a=abcd5678 b=x", "a=abcdefgh b=x"},
		ext4:   []string{"a=12 b=x", "a=ab b=x"},
	},
	{
		name: "an append and a truncation that another file's sync keeps",
		do: func(r *rig) {
			r.settle("a", "1234")
			r.settle("b", "")
			r.put("a", 4, "56")
			r.ok(r.Truncate(nil, "a", 8))
			r.put("b", 0, "x")
			r.sync("b")
		},
		strict: []string{"a=1234 b=x", "a=1234.. b=x", "a=1234.... b=x", "a=123456 b=x", "a=123456.. b=x"},
		ext4:   []string{"a=1234.... b=x", "a=123456.. b=x"},
		xfs:    []string{"a=123456.. b=x"},
	},
	{
		name: "a replacing rename that another file's sync keeps",
		do: func(r *rig) {
			r.settle("a", "old")
			r.settle("c", "")
			r.put("b", 0, "new")
			r.ok(r.Rename(nil, "b", nil, "a", 0))
			r.put("c", 0, "x")
			r.sync("c")
		},
		strict: []string{"a= c=x", "a=... c=x", "a=new c=x", "a=old b= c=x", "a=old b=... c=x", "a=old b=new c=x", "a=old c=x"},
		ext4:   []string{"a=new c=x"},
		xfs:    []string{"a= c=x", "a=new c=x"},
	},
	{
		name: "a name that is used twice, in two directories",
		do: func(r *rig) {
			r.ok(r.Mkdir(nil, "d", 0o755))
			r.ok(r.Mkdir(nil, "e", 0o755))
			r.settle("d/a", "1")
			r.ok(r.Rename(nil, "d/a", nil, "e/b", 0))
			r.ok(r.Rename(nil, "e/b", nil, "e/c", 0))
			r.ok(r.Rename(nil, "e/c", nil, "d/a", 0))
			r.sync("d")
		},
		strict: []string{"d/ d/a=1 e/"},
		ext4:   []string{"d/ d/a=1 e/"},
	},
	{
		name:   "a longer file",
		do:     func(r *rig) { r.settle("a", "12"); r.ok(r.Truncate(nil, "a", 4)) },
		strict: []string{"a=12", "a=12.."},
		ext4:   []string{"a=12", "a=12.."},
	},
	{
		name:   "hard link, and unlink of the old name",
		do:     func(r *rig) { r.settle("a", "1"); r.ok(r.Link(nil, "a", nil, "b")); r.ok(r.Unlink(nil, "a")) },
		strict: []string{"", "a=1", "a=1 b=1", "b=1"},
		ext4:   []string{"a=1", "a=1 b=1", "b=1"},
	},
	{
		name:   "symbolic link",
		do:     func(r *rig) { r.settle("a", "1"); r.ok(r.Symlink("a", nil, "l")) },
		strict: []string{"a=1", "a=1 l->a"},
		ext4:   []string{"a=1", "a=1 l->a"},
	},
	{
		name: "a failed sync, and one that succeeds",
		do: func(r *rig) {
			r.settle("a", "1")
			r.put("a", 1, "2")
			r.SetChance(always{})
			r.Configure(Config{Model: r.Config().Model, Sector: 4, SyncErrors: 1})
			r.want(5, r.open("a", 0).Sync(false))
			r.Configure(Config{Model: r.Config().Model, Sector: 4})
			r.sync("a")
			if got := show(r.t, r.FS()); got != "a=12" {
				r.t.Errorf("calls see %q", got)
			}
		},
		strict: []string{"a=1"},
		ext4:   []string{"a=1"},
	},
	{
		name: "O_SYNC",
		do: func(r *rig) {
			r.settle("a", "1")
			f := r.open("a", unix.O_WRONLY|unix.O_APPEND|unix.O_SYNC)
			if _, errno := f.Write([]byte("234"), 0); errno != 0 {
				r.t.Fatal(errno)
			}
		},
		strict: []string{"a=1234"},
		ext4:   []string{"a=1234"},
	},
	{
		name:   "writeback",
		do:     func(r *rig) { r.put("a", 0, "1"); r.SetTime(10); r.put("b", 0, "2"); r.WriteBack(9) },
		strict: []string{"a=1", "a=1 b=", "a=1 b=.", "a=1 b=2"},
		ext4:   []string{"a=1", "a=1 b=", "a=1 b=2"},
	},
}

// settle makes a file that a crash leaves as it is, names on the way to it included.
func (r *rig) settle(path, text string) {
	r.t.Helper()
	r.put(path, 0, text)
	r.SyncAll()
}

func TestLitmus(t *testing.T) {
	for _, l := range litmuses {
		xfs := l.xfs
		if xfs == nil {
			xfs = l.ext4
		}
		for model, want := range map[Model][]string{Strict: l.strict, Ext4: l.ext4, XFS: xfs, Durable: nil} {
			t.Run(l.name+"/"+model.String(), func(t *testing.T) {
				r := newRig(t, Config{Model: model, Sector: 4})
				l.do(r)
				if want = slices.Sorted(slices.Values(want)); model == Durable {
					want = []string{show(t, r.FS())}
				}
				if got := r.images(); !slices.Equal(got, want) {
					t.Errorf("images %s\nwant %s\nunsynced %v", sizes(got), sizes(want), r.Unsynced())
				}
			})
		}
	}
}
