//go:build linux

package simdisk

import (
	"fmt"
	"hash/maphash"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"
)

var journaledAndNot = []Model{Strict, Ext4, XFS, Durable}

// seeds is how many seeds are tried.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return n / 5
	}
	return n
}

// randomDisk is a disk after random calls, some of which are syncs.
func randomDisk(t *testing.T, model Model, seed uint64, size int) *rig {
	t.Helper()
	r := newRig(t, Config{Model: model})
	chance := rand.New(rand.NewPCG(seed, 3))
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = byte(chance.Uint32())
	}
	p := &player{m: &onDisk{d: r.Disk}, t: &tape{bytes}, limits: fsLimits{model: model}, open: map[int]bool{}}
	for len(p.t.bytes) > 0 {
		p.call()
		if chance.IntN(20) == 0 {
			r.SetTime(r.now + 1000)
			r.WriteBack(r.now - 2000)
		}
	}
	for slot := range slots {
		p.closeSlot(slot)
	}
	return r
}

// look is all there is on a disk, as the tape's player tells it.
func look(d *Disk) []string {
	p := &player{m: &onDisk{d: d}, t: &tape{}}
	p.tree("", 0)
	for i, line := range p.log {
		p.log[i] = untimed(line)
	}
	return p.log
}

// untimed leaves the time out of a line of the player.
func untimed(line string) string {
	for i := range line {
		if len(line) > i+10 && line[i:i+10] == ", modified" {
			return line[:i]
		}
	}
	return line
}

func TestImagesBetweenAllAndNothing(t *testing.T) {
	for _, model := range journaledAndNot {
		for seed := range seeds(300) {
			r := randomDisk(t, model, seed, 400)
			seen := look(r.Disk)
			w := r.wreck()
			if got := look(w.rebuild(w.make(func() bool { return true }))); !slices.Equal(got, seen) {
				t.Fatalf("%v, seed %d: the image that has lost nothing is\n%q\nwant\n%q", model, seed, got, seen)
			}
			if model == Durable {
				continue
			}
			stable := &Disk{seen: r.stable.clone(), stable: r.stable.clone(), opens: map[uint64]int{}, of: map[uint64][]*effect{}}
			if got, want := look(w.rebuild(w.make(func() bool { return false }))), look(stable); !slices.Equal(got, want) {
				t.Fatalf("%v, seed %d: the image that has lost all is\n%q\nwant\n%q", model, seed, got, want)
			}
		}
	}
}

// After a sync of all there is one image, and it is what calls see.
func TestSyncAllLeavesOneImage(t *testing.T) {
	for _, model := range journaledAndNot {
		for seed := range seeds(200) {
			r := randomDisk(t, model, seed, 300)
			if seed%2 == 0 {
				r.SyncAll()
			} else {
				r.syncEach()
			}
			want := look(r.Disk)
			n := 0
			for image := range r.CrashImages(0) {
				n++
				if got := look(image); !slices.Equal(got, want) {
					t.Fatalf("%v, seed %d: image\n%q\nwant\n%q", model, seed, got, want)
				}
			}
			if n != 1 {
				t.Fatalf("%v, seed %d: %d images, unsynced %v", model, seed, n, r.Unsynced())
			}
		}
	}
}

// syncEach syncs each file and directory by itself.
func (r *rig) syncEach() {
	for _, path := range r.paths() {
		if info, errno := r.Stat(nil, path, false); errno == 0 && info.Mode>>12 != 0xa {
			r.sync(path)
		}
	}
	r.sync("/")
}

// A crash by any seed leaves one of the images, and what is left works as a disk.
func TestCrashLeavesAnImage(t *testing.T) {
	for _, model := range journaledAndNot {
		for seed := range seeds(200) {
			r := randomDisk(t, model, seed, 60)
			images := map[string]bool{}
			if r.wreck().parts() > 10 {
				continue
			}
			for image := range r.CrashImages(0) {
				images[fmt.Sprint(look(image))] = true
			}
			for s := range uint64(30) {
				crashed := r.Crash(seeded(s))
				if got := fmt.Sprint(look(crashed)); !images[got] {
					t.Fatalf("%v, seed %d: a crash leaves %s, which is none of %d images", model, seed, got, len(images))
				}
				if u := crashed.Unsynced(); len(u) > 0 {
					t.Fatalf("unsynced after a crash: %v", u)
				}
				play(&onDisk{d: crashed}, fmt.Append(nil, "some more calls", s, seed, "as text"), fsLimits{model: model})
				crashed.checkRoom(t)
			}
		}
	}
}

// checkRoom compares what is used with what files have.
func (d *Disk) checkRoom(t *testing.T) {
	t.Helper()
	d.count()
	used := d.used
	d.uncounted = true
	if d.count(); d.used != used {
		t.Fatalf("%d bytes are used, and counted were %d", d.used, used)
	}
}

func TestRoomIsCounted(t *testing.T) {
	for seed := range seeds(200) {
		randomDisk(t, Ext4, seed, 500).checkRoom(t)
	}
}

// Each image is told once, and of many some.
func TestImagesAreDistinctAndBounded(t *testing.T) {
	r := newRig(t, Config{Sector: 512})
	r.settle("a", string(make([]byte, 1<<20)))
	for i := range 100 {
		r.put("a", int64(i)*8192, "overwritten")
	}
	for _, n := range []int{1, 2, 10, 300} {
		distinct := map[uint64]bool{}
		images := 0
		for image := range r.CrashImages(n) {
			images++
			data, err := fs.ReadFile(image.FS(), "a")
			if err != nil {
				t.Fatal(err)
			}
			distinct[maphash.Bytes(hashSeed, data)] = true
		}
		if len(distinct) != images || images < min(n, 2) || images > max(n, 2)+1 {
			t.Errorf("%d images, %d distinct, want about %d", images, len(distinct), n)
		}
	}
	for range r.CrashImages(0) {
		break // the rest is not made
	}
}

// Images do not change with the disk, nor the disk with them.
func TestImagesAreApart(t *testing.T) {
	r := newRig(t, Config{})
	r.settle("a", "stable")
	r.put("a", 0, "STABLE")
	var images []*Disk
	for image := range r.CrashImages(0) {
		images = append(images, image)
	}
	before := make([]string, len(images))
	for i, image := range images {
		before[i] = show(t, image.FS())
	}
	r.put("a", 0, "changed")
	r.put("b", 0, "new")
	for i, image := range images {
		s := &rig{t, image}
		s.put("a", int64(i), "!")
		s.sync("a")
		if got := show(t, r.FS()); got != "a=changed b=new" {
			t.Errorf("an image has changed the disk: %q", got)
		}
		for j := i + 1; j < len(images); j++ {
			if got := show(t, images[j].FS()); got != before[j] {
				t.Errorf("image %d is %q, was %q", j, got, before[j])
			}
		}
	}
}

func TestClone(t *testing.T) {
	for _, model := range journaledAndNot {
		for seed := range seeds(100) {
			r := randomDisk(t, model, seed, 100)
			c := r.Clone()
			want := len(r.Unsynced())
			if got := len(c.Unsynced()); got != want {
				t.Fatalf("%d effects unsynced, want %d", got, want)
			}
			images := func(d *Disk) (all []string) {
				for image := range d.CrashImages(100) {
					all = append(all, fmt.Sprint(look(image)))
				}
				return all
			}
			before := images(r.Disk)
			(&rig{t, c}).put("new", 0, "of the clone")
			c.SyncAll()
			if after := images(r.Disk); !slices.Equal(after, before) {
				t.Fatalf("%v, seed %d: a clone has changed the disk", model, seed)
			}
		}
	}
}

// With a journal, names that were not synced are lost from the end.
func TestJournalKeepsOrder(t *testing.T) {
	for _, model := range []Model{Ext4, XFS} {
		r := newRig(t, Config{Model: model})
		want := []string{""}
		for i := range 10 {
			r.ok(r.Mkdir(nil, fmt.Sprint("d", i), 0o755))
			want = append(want, show(t, r.FS()))
		}
		if got := r.images(); !slices.Equal(got, want) {
			t.Errorf("%v: images %q, want %q", model, got, want)
		}
	}
}

// What is unsynced is bounded.
func TestUnsyncedIsBounded(t *testing.T) {
	r := newRig(t, Config{Unsynced: 1 << 16})
	f := r.file("a")
	defer f.Close()
	for i := range 1000 {
		if _, errno := f.Write(make([]byte, 1000), int64(i)*1000); errno != 0 {
			t.Fatal(errno)
		}
		if f.UnsyncedBytes() > 1<<16 {
			t.Fatalf("%d bytes are unsynced", f.UnsyncedBytes())
		}
	}
	if n := r.stable.get(f.Ino()).size; n < 1_000_000-1<<16 {
		t.Errorf("%d bytes are stable", n)
	}
}
