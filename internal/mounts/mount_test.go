package mounts

import (
	"strings"
	"testing"
)

const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
31 27 0:28 /sub /srv/btr\040fs rw,relatime shared:2 master:1 propagate_from:2 - btrfs /dev/vdb rw,subvol=/sub
32 27 0:40 / /mnt/a rw - nfs4 srv:/a rw,vers=4.2
33 27 0:41 / /mnt/a/b ro,relatime - tmpfs tmpfs rw
34 27 0:42 / /mnt/fuse rw - fuse.sshfs me@host:/x rw,user_id=0
35 27 7:0 / /mnt/loop rw - ext4 /dev/loop0 rw
36 27 7:1 / /mnt/well rw - ext4 /dev/loop1 rw
37 27 0:43 / /over rw - overlay overlay rw,lowerdir=/lib/one:/mnt/fuse/two,upperdir=/up,workdir=/work
38 27 0:44 / /union rw - overlay overlay rw,lowerdir=/lib/one,upperdir=/up,workdir=/work
39 27 8:1 / /ntfs rw - fuseblk /dev/sda1 ro
40 27 0:45 / /mnt\134new\012line rw - 9p tag rw
41 27 0:46 / /mnt/a ro - strangefs  rw
`

func table(t testing.TB) *Table {
	t.Helper()
	all, err := Parse(strings.NewReader(mountinfo))
	if err != nil {
		t.Fatal(err)
	}
	Classify(all, func(n uint32) string { return [2]string{"/mnt/fuse/image", "/images/well"}[n] })
	return NewTable(all)
}

func TestParse(t *testing.T) {
	all := table(t).All()
	if len(all) != 13 {
		t.Fatalf("%d mounts", len(all))
	}
	for i, want := range map[int]Mount{
		1:  {ID: 27, Device: Device(254, 0), Root: "/", Point: "/", Type: "ext4", Source: "/dev/vda"},
		2:  {ID: 31, Device: Device(0, 28), Root: "/sub", Point: "/srv/btr fs", Type: "btrfs", Source: "/dev/vdb"},
		4:  {ID: 33, Device: Device(0, 41), Root: "/", Point: "/mnt/a/b", Type: "tmpfs", Source: "tmpfs", ReadOnly: true},
		10: {ID: 39, Device: Device(8, 1), Root: "/", Point: "/ntfs", Type: "fuseblk", Source: "/dev/sda1", ReadOnly: true, Class: MayHang},
		11: {ID: 40, Device: Device(0, 45), Root: "/", Point: "/mnt\\new\nline", Type: "9p", Source: "tag", Class: MayHang},
		12: {ID: 41, Device: Device(0, 46), Root: "/", Point: "/mnt/a", Type: "strangefs", ReadOnly: true, Class: MayHang},
	} {
		got := all[i]
		got.layers = nil
		if got.ID != want.ID || got.Device != want.Device || got.Root != want.Root || got.Point != want.Point ||
			got.Type != want.Type || got.Source != want.Source || got.ReadOnly != want.ReadOnly || got.Class != want.Class {
			t.Errorf("mount %d: %+v, want %+v", i, got, want)
		}
	}
	for _, bad := range []string{"", "1 2 3:4 / /", "x 1 0:1 / /a rw - t s o", "1 1 0 / /a rw - t s o", "1 1 0:x / /a rw - t s o", "1 1 0:1 / /a - t s o"} {
		if _, err := Parse(strings.NewReader(bad + "\n")); err == nil {
			t.Errorf("%q is understood", bad)
		}
	}
}

func TestClassify(t *testing.T) {
	for point, want := range map[string]Class{
		"/proc": MayHang, "/": Disk, "/srv/btr fs": Disk, "/mnt/a/b": Disk, "/mnt/fuse": MayHang, "/mnt/loop": MayHang,
		"/mnt/well": Disk, "/over": MayHang, "/union": Disk, "/ntfs": MayHang,
	} {
		if m, ok := table(t).ByPath(point); !ok || m.Class != want {
			t.Errorf("%s: %s, want %s", point, m.Class, want)
		}
	}
	if Disk.String() == MayHang.String() {
		t.Error("the classes have one name")
	}
}

func TestLookUp(t *testing.T) {
	all := table(t)
	for path, want := range map[string]string{
		"/": "/", "/etc/passwd": "/", "/mnt/a": "strangefs", "/mnt/a/x": "strangefs", "/mnt/ab": "/", "/mnt/a/b/c": "/mnt/a/b",
		"/mnt/a/../fuse/x": "/mnt/fuse", "/mnt/fuse//x/": "/mnt/fuse",
	} {
		if m, ok := all.ByPath(path); !ok || m.Point != want && m.Type != want {
			t.Errorf("%s: %+v, want %s", path, m, want)
		}
	}
	if m, ok := all.ByID(34); !ok || m.Type != "fuse.sshfs" {
		t.Errorf("by number: %+v", m)
	}
	if m, ok := all.ByDevice(Device(0, 42)); !ok || m.Point != "/mnt/fuse" {
		t.Errorf("by device: %+v", m)
	}
	if _, ok := all.ByID(99); ok {
		t.Error("a number of no mount is known")
	}
	if _, ok := all.ByDevice(Device(99, 0)); ok {
		t.Error("a device of no mount is known")
	}
	if _, ok := NewTable(nil).ByPath("/x"); ok {
		t.Error("a path is somewhere where nothing is")
	}
	if !all.AnyMayHang() || NewTable(nil).AnyMayHang() {
		t.Error("what may hang is not known")
	}
}

// The unique numbers are those that statx(2) has, and no two mounts have one.
func TestUnique(t *testing.T) {
	all := NewTable([]Mount{{ID: 7, Unique: 1 << 40, Point: "/a"}, {ID: 8, Unique: 1<<40 + 1, Point: "/b"}, {ID: 9, Point: "/c"}})
	if m, ok := all.ByUnique(1 << 40); !ok || m.Point != "/a" {
		t.Errorf("by unique number: %+v", m)
	}
	if m, ok := all.ByUnique(0); ok {
		t.Errorf("no number is that of %+v", m)
	}
}

func TestReadTellsTheRoot(t *testing.T) {
	all, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := all.ByPath("/etc"); !ok && len(all.All()) > 0 {
		t.Errorf("/etc is nowhere: %+v", all.All())
	}
}

func FuzzParse(f *testing.F) {
	f.Add(mountinfo)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		Classify(all, func(uint32) string { return "/" })
		if NewTable(all).All() == nil && len(all) > 0 {
			t.Error("a mount is lost")
		}
	})
}
