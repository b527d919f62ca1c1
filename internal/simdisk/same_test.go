//go:build linux

package simdisk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Random calls are answered as by a real ext4 and a real xfs: with the same results and
// errnos, and leaving the same tree.
func TestSameAsTheKernel(t *testing.T) {
	for _, kind := range []string{"ext4", "xfs"} {
		t.Run(kind, func(t *testing.T) {
			dir := mounted(t, kind)
			limits := limitsOf(kind)
			sequences := 1000
			if testing.Short() {
				sequences = 100
			}
			for seed := range sequences {
				chance := rand.New(rand.NewPCG(uint64(seed), 7))
				bytes := make([]byte, 50+chance.IntN(800))
				for i := range bytes {
					bytes[i] = byte(chance.Uint32())
				}
				work := filepath.Join(dir, fmt.Sprint(seed))
				if err := os.Mkdir(work, 0o755); err != nil {
					t.Fatal(err)
				}
				kernel := newKernel(t, work)
				same := compare(t, bytes, kernel, limits)
				if kernel.end(); !same {
					t.Fatalf("seed %d", seed)
				}
				if err := os.RemoveAll(work); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// mounted is a directory on a new file system of a kind, in a file. Where none can be mounted
// it is one for temporary files, if that is on a file system of the kind.
func mounted(t *testing.T, kind string) string {
	t.Helper()
	old := unix.Umask(0)
	t.Cleanup(func() { unix.Umask(old) })
	dir := t.TempDir()
	image, mount := filepath.Join(dir, "image"), filepath.Join(dir, "mount")
	err := os.Mkdir(mount, 0o755)
	if err == nil {
		err = os.WriteFile(image, nil, 0o600)
	}
	if err == nil {
		err = os.Truncate(image, 512<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	mkfs := []string{"-q", image}
	if kind == "xfs" {
		mkfs = append(mkfs, "-m", "reflink=0") // else copies of ranges are of whole blocks
	}
	if out, err = exec.Command("mkfs."+kind, mkfs...).CombinedOutput(); err == nil {
		out, err = exec.Command("mount", "-o", "loop,noatime", image, mount).CombinedOutput()
	}
	if err == nil {
		t.Cleanup(func() {
			if out, err := exec.Command("umount", mount).CombinedOutput(); err != nil {
				t.Errorf("umount: %v %s", err, out)
			}
		})
		return mount
	}
	if fileSystem(t, dir) != kind {
		t.Skipf("no %s to compare with: none can be mounted here (%v %s), and files for tests are on another", kind, err, out)
	}
	return mount
}

// fileSystem is the kind of file system that a directory is on.
func fileSystem(t *testing.T, dir string) string {
	t.Helper()
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	switch s.Type {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	}
	return fmt.Sprintf("%x", s.Type)
}

func limitsOf(kind string) fsLimits {
	if kind == "xfs" {
		return fsLimits{model: XFS}
	}
	return fsLimits{model: Ext4, sizeMax: SizeMax}
}

// FuzzSameAsTheKernel looks for calls that a Disk answers as the file system of temporary
// files does not.
func FuzzSameAsTheKernel(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x03\x00\x05\x00\x00\x00\x04"))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if os.Getuid() != 0 {
			t.Skip("only root may all that a Disk's callers may")
		}
		old := unix.Umask(0)
		defer unix.Umask(old)
		dir := t.TempDir()
		kernel := newKernel(t, dir)
		defer kernel.end()
		compare(t, bytes, kernel, limitsOf(fileSystem(t, dir)))
	})
}
