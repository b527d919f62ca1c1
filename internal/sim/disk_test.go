//go:build unix

package sim

import (
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// onHost runs a test in a bubble, with a host and a backend of its boot.
func onHost(t *testing.T, seed uint64, o Options, test func(r *rig, h *Host)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := New(seed, o)
		h, err := w.AddHost("a")
		if err != nil {
			t.Fatal(err)
		}
		test(newRig(t, h), h)
	})
}

func newRig(t testing.TB, h *Host) *rig {
	t.Helper()
	b, err := h.Boot().Backend()
	if err != nil {
		t.Fatal(err)
	}
	return &rig{TB: t, w: h.w, b: b, events: map[backend.Token]backend.Event{}}
}

// text is what a file holds; "none" if there is none.
func text(t testing.TB, fsys fs.FS, name string) string {
	t.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "none"
	}
	return string(data)
}

func TestCrashLosesWhatIsUnsynced(t *testing.T) {
	outcomes := map[string]bool{}
	for seed := range uint64(40) {
		onHost(t, seed, Options{}, func(r *rig, h *Host) {
			if err := h.Disk().WriteFile("/d/f", []byte("old")); err != nil {
				t.Fatal(err)
			}
			fd := r.do(openAt(cwd, "/d/f", unix.O_RDWR))
			synced := r.do(openAt(cwd, "/d/synced", unix.O_RDWR|unix.O_CREAT))
			r.want(3, write(fd, "new", 0))
			r.want(3, writeSync(synced, "new", 0))
			dir := r.do(openAt(cwd, "/d", unix.O_RDONLY))
			r.want(0, fsync(dir))
			h.Crash()
			if got := text(t, h.Disk().FS(), "d/synced"); got != "new" {
				t.Errorf("seed %d: the synced file is %q", seed, got)
			}
			outcomes[text(t, h.Disk().FS(), "d/f")] = true
			if u := h.Disk().Unsynced(); len(u) != 0 {
				t.Errorf("unsynced after a crash: %v", u)
			}
			h.Restart()
			r = newRig(t, h)
			fd = r.do(openAt(cwd, "/d/f", unix.O_RDWR))
			r.want(3, read(fd, make([]byte, 10), 0))
		})
	}
	if !outcomes["old"] || !outcomes["new"] || len(outcomes) != 2 {
		t.Errorf("outcomes %v", outcomes)
	}
}

// A crash that chance is not to have loses nothing.
func TestCrashThatIsSkipped(t *testing.T) {
	skip := map[FaultID]struct{}{}
	for range 2 {
		onHost(t, lossySeed, Options{Skip: skip}, func(r *rig, h *Host) {
			fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
			r.want(3, write(fd, "new", 0))
			h.Crash()
			want := "none"
			if len(skip) > 0 {
				want = "new"
			}
			if got := text(t, h.Disk().FS(), "f"); got != want {
				t.Errorf("%d skipped: the file is %q, want %q", len(skip), got, want)
			}
			for _, e := range r.w.Journal() {
				if strings.Contains(e.Text, "loses power") && e.Fault != 0 {
					skip[e.Fault] = struct{}{}
				}
			}
		})
	}
	if len(skip) != 1 {
		t.Errorf("faults %v", skip)
	}
}

// lossySeed is one with which the first crash loses all.
const lossySeed = 2

func TestKillLosesNothing(t *testing.T) {
	onHost(t, lossySeed, Options{}, func(r *rig, h *Host) {
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		r.want(3, write(fd, "new", 0))
		h.Kill()
		h.Restart()
		if got := text(t, h.Disk().FS(), "f"); got != "new" {
			t.Errorf("the file is %q", got)
		}
		if got := text(t, h.Disk().Stable(), "f"); got != "none" {
			t.Errorf("the stable file is %q", got)
		}
	})
}

// A write under way may be there after a crash.
func TestWritesUnderWayCount(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		if err := h.Disk().WriteFile("/f", []byte("old")); err != nil {
			t.Fatal(err)
		}
		h.Disk().Set(DiskConfig{Write: Fixed(time.Second)})
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR))
		r.start(write(fd, "new", 0))
		images := h.Disk().CrashImages(0)
		r.pass(2 * time.Second) // does not change the images any more
		var got []string
		for image := range images {
			got = append(got, text(t, image.FS(), "f"))
		}
		if slices.Sort(got); !slices.Equal(got, []string{"new", "old"}) {
			t.Errorf("images %q", got)
		}
	})
	lost, kept := 0, 0
	for seed := range uint64(40) {
		onHost(t, seed, Options{}, func(r *rig, h *Host) {
			h.Disk().Set(DiskConfig{Write: Fixed(time.Second)})
			fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
			r.want(0, fsync(r.do(openAt(cwd, "/", unix.O_RDONLY))))
			token := r.start(write(fd, "new", 0))
			h.Crash()
			r.wantEvent(token, canceled)
			switch got := text(t, h.Disk().FS(), "f"); {
			case got == "new":
				kept++
			case strings.Trim(got, "\x00") == "":
				lost++
			default:
				t.Errorf("the file is %q", got)
			}
		})
	}
	if lost == 0 || kept == 0 {
		t.Errorf("lost %d, kept %d", lost, kept)
	}
}

func TestDiskTakesTime(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		h.Disk().Set(DiskConfig{Read: Fixed(time.Second), Write: Fixed(time.Minute), Sync: Fixed(time.Hour), Bandwidth: 100})
		for _, c := range []struct {
			req  backend.Request
			want time.Duration
		}{
			{write(fd, strings.Repeat("x", 1000), 0), time.Minute},
			{fsync(fd), time.Hour + 10*time.Second},
			{fsync(fd), time.Hour}, // has nothing to write
			{read(fd, make([]byte, 500), 0), 6 * time.Second},
			{writeSync(fd, strings.Repeat("x", 200), 0), time.Minute + time.Hour + 2*time.Second},
		} {
			begin := time.Now()
			r.do(c.req)
			if got := time.Since(begin); got < c.want || got > c.want+time.Millisecond {
				t.Errorf("%v took %v, want %v", c.req.Op, got, c.want)
			}
		}
	})
}

func TestWriteback(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		h.Disk().Set(DiskConfig{Writeback: Fixed(30 * time.Second)})
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		r.want(3, write(fd, "one", 0))
		r.pass(10 * time.Second)
		r.want(3, write(fd, "two", 0))
		for _, c := range []struct {
			wait time.Duration
			want string
		}{{19 * time.Second, "none"}, {2 * time.Second, "one"}, {10 * time.Second, "two"}} {
			r.pass(c.wait)
			if got := text(t, h.Disk().Stable(), "f"); got != c.want {
				t.Errorf("after %v more the stable file is %q, want %q", c.wait, got, c.want)
			}
		}
		r.want(5, write(fd, "three", 0))
		r.pass(31 * time.Second)
		if got := text(t, h.Disk().Stable(), "f"); got != "three" {
			t.Errorf("the stable file is %q", got)
		}
	})
}

func TestStall(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		h.Disk().Stall()
		var st backend.Stat
		tokens := []backend.Token{
			r.start(write(fd, "one", 0)), r.start(fsync(fd)), r.start(read(fd, make([]byte, 3), 0)),
			r.start(openAt(cwd, "/", unix.O_RDONLY)), r.start(statx(cwd, "/f", 0, &st)),
		}
		for _, token := range tokens {
			r.wantEvent(r.cancel(token), -int(syscall.EALREADY))
		}
		r.pass(time.Hour)
		for _, token := range tokens {
			r.pending(token)
		}
		h.Disk().Unstall()
		for i, want := range []int{3, 0, 3, fd + 1, 0} {
			r.wantEvent(tokens[i], want)
		}
	})
}

// A crash ends what a stalled disk holds.
func TestCrashOfAStalledDisk(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		h.Disk().Stall()
		token := r.start(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		h.Crash()
		r.wantEvent(token, canceled)
	})
}

func TestDiskFaultsAreInTheJournal(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		h.Disk().Set(DiskConfig{Config: simdisk.Config{WriteErrors: 0.5}})
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR|unix.O_CREAT))
		failed := 0
		for range 100 {
			if r.do(write(fd, "x", 0)) < 0 {
				failed++
			}
		}
		noted := 0
		for _, e := range r.w.Journal() {
			if e.Host == "a" && e.Fault != 0 && strings.Contains(e.Text, "write error") {
				noted++
			}
		}
		if failed < 20 || failed > 80 || noted != failed {
			t.Errorf("%d writes of 100 failed, %d noted", failed, noted)
		}
	})
}

func TestFailAndCorrupt(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		d := h.Disk()
		if err := d.WriteFile("/f", []byte("\xff\xff")); err != nil {
			t.Fatal(err)
		}
		fd := r.do(openAt(cwd, "/f", unix.O_RDWR))
		if err := d.Fail("*", syscall.ENOSPC); err != nil {
			t.Fatal(err)
		}
		r.wantErrno(syscall.ENOSPC, write(fd, "x", 0))
		if err := d.Fail("*", 0); err != nil {
			t.Fatal(err)
		}
		if err := d.Corrupt("/f", 1, 1); err != nil {
			t.Fatal(err)
		}
		if got := text(t, d.FS(), "f"); got != "\xff\x00" {
			t.Errorf("the file is %q", got)
		}
		if err := d.Corrupt("/none", 0, 1); err == nil || !strings.Contains(err.Error(), "/none") {
			t.Errorf("error %v", err)
		}
	})
}

// An image of a crash serves as another host's disk.
func TestMountAnImage(t *testing.T) {
	onHost(t, 1, Options{}, func(r *rig, h *Host) {
		if err := h.Disk().WriteFile("/f", []byte("one")); err != nil {
			t.Fatal(err)
		}
		for image := range h.Disk().CrashImages(1) {
			other, err := r.w.AddHost("b" + time.Now().Format("05"))
			if err != nil {
				t.Fatal(err)
			}
			other.Disk().Mount(image)
			s := newRig(t, other)
			s.want(3, write(s.do(openAt(cwd, "/f", unix.O_RDWR)), "two", 0))
			if got := text(t, h.Disk().FS(), "f"); got != "one" {
				t.Errorf("the first host's file is %q", got)
			}
			if got := text(t, other.Disk().FS(), "f"); got != "two" {
				t.Errorf("the second host's file is %q", got)
			}
		}
	})
}
