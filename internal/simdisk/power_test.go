//go:build linux

package simdisk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What a real file system leaves when its device stops at some instant is an image that the
// model has: the device is a file, and a copy of it is what a power failure at that instant
// would leave.
func TestRealPowerFailuresAreInTheModel(t *testing.T) {
	if testing.Short() {
		t.Skip("each power failure is a mount or two, and a wait")
	}
	for kind, model := range map[string]Model{"ext4": Ext4, "xfs": XFS} {
		t.Run(kind, func(t *testing.T) {
			seen := map[bool]int{}
			for seed := range uint64(powerFailures) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					if lost, ok := powerFailure(t, kind, model, seed); ok {
						seen[lost]++
					}
				})
			}
			t.Logf("%d failures lost something, %d nothing", seen[true], seen[false])
		})
	}
}

const powerFailures = 12

// powerFailure makes random calls on a real file system and on a Disk, and compares what is
// left. It reports whether something was lost; ok is false if there were too many images.
func powerFailure(t *testing.T, kind string, model Model, seed uint64) (lost, ok bool) {
	t.Helper()
	dir := mounted(t, kind)
	work := filepath.Join(dir, "w")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	syncFileSystem(t, dir)
	chance := rand.New(rand.NewPCG(seed, 11))
	bytes := make([]byte, 60+chance.IntN(200))
	for i := range bytes {
		bytes[i] = byte(chance.Uint32())
	}
	d := New(Config{Model: model})
	limits := limitsOf(kind)
	limits.sizeMax = 1 << 20
	kernel := newKernel(t, work)
	calls := perform(kernel, bytes, limits)
	kernel.end()
	if got := perform(&onDisk{d: d}, bytes, limits); !slices.Equal(got, calls) {
		t.Fatalf("calls are answered by the disk as\n%q\nand by the kernel as\n%q", got, calls)
	}
	time.Sleep(time.Duration(chance.IntN(3)) * 700 * time.Millisecond)
	left := afterwards(t, kind, dir)
	images := 0
	for image := range d.CrashImages(0) {
		if images++; images > 20_000 {
			return false, false
		}
		if got := look(image); slices.Equal(got, left) {
			return !slices.Equal(left, look(d)), true
		}
	}
	t.Errorf("after %q\nthere is left\n%q\nwhich is none of %d images; unsynced\n%v", calls, left, images, d.Unsynced())
	return false, false
}

// perform makes the calls of a tape.
func perform(m machine, bytes []byte, limits fsLimits) []string {
	p := &player{m: m, t: &tape{bytes}, limits: limits, open: map[int]bool{}}
	for len(p.t.bytes) > 0 {
		p.call()
	}
	for slot := range slots {
		p.closeSlot(slot)
	}
	for i, line := range p.log {
		p.log[i] = untimed(line)
	}
	return p.log
}

func syncFileSystem(t *testing.T, dir string) {
	t.Helper()
	fd, err := unix.Open(dir, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Syncfs(fd); err != nil {
		t.Fatal(err)
	}
}

// afterwards is what a mount of a copy of the device has.
func afterwards(t *testing.T, kind, dir string) []string {
	t.Helper()
	image := filepath.Join(filepath.Dir(dir), "image")
	twin, mount := image+"2", dir+"2"
	run := func(name string, args ...string) {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v %s", name, args, err, out)
		}
	}
	run("cp", "--sparse=always", image, twin)
	if err := os.Mkdir(mount, 0o755); err != nil {
		t.Fatal(err)
	}
	options := "loop"
	if kind == "xfs" {
		options += ",nouuid"
	}
	run("mount", "-o", options, twin, mount)
	defer run("umount", mount)
	kernel := newKernel(t, filepath.Join(mount, "w"))
	defer kernel.end()
	p := &player{m: kernel, t: &tape{}}
	p.tree("", 0)
	for i, line := range p.log {
		p.log[i] = untimed(line)
	}
	return p.log
}
