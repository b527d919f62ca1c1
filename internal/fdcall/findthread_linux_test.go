package fdcall

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// listedLate waits until a call of that kind is listed with its thread.
func listedLate(t *testing.T, s *Loops, op string) (found proactor.Operation) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		i := slices.IndexFunc(s.Operations(0), func(o proactor.Operation) bool {
			found = o
			return o.Op == op && o.Thread != 0
		})
		return i >= 0
	}, "%s listed with its thread", op)
	return found
}

// The thread of a call by path that blocks its caller's is found by the path.
func TestThreadOfACallByPath(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	name := filepath.Join(t.TempDir(), "fifo \x01")
	must(t, unix.Mkfifo(name, 0o600))
	opened := later(func() error {
		return s.OnPath(background, "openat", name, func() error {
			fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0) // waits for who writes
			if err == nil {
				err = unix.Close(fd)
			}
			return err
		})
	})
	o := listedLate(t, s, "openat")
	if _, err := os.Stat("/proc/self/task/" + strconv.Itoa(o.Thread)); err != nil || o.Target != name {
		t.Errorf("%+v: %v", o, err)
	}
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	must(t, receive(t, opened))
	must(t, unix.Close(fd))
}

// So is that of a read that nothing can end, by the descriptor. It is listed and counted as others are.
func TestThreadOfAReadOnItsCallersThread(t *testing.T) {
	s := open(t, proactor.Config{Loops: 1})
	var ends [2]int
	must(t, unix.Pipe2(ends[:], unix.O_CLOEXEC))
	d := &Descriptor{Loop: s.Of(ends[0]), FD: ends[0], Kind: Disk} // which waits as a slow disk does
	d.SetPath("/slow/disk", true)
	read := later(func() error {
		_, err := d.Transfer(background, Transfer{Dir: Reading, P: make([]byte, 10), Off: -1})
		return err
	})
	o := listedLate(t, s, "read")
	if o.Target != "/slow/disk" || o.State != proactor.StateRunning || o.Size != 10 || o.FD != ends[0] {
		t.Errorf("%+v", o)
	}
	_, err := unix.Write(ends[1], []byte("hello"))
	must(t, err)
	must(t, receive(t, read))
	if all := s.Operations(0); len(all) > 0 {
		t.Errorf("it is listed still: %+v", all)
	}
	i := slices.IndexFunc(s.Kinds(), func(k proactor.KindStats) bool { return k.Op == "read" })
	if i < 0 || s.Kinds()[i].Bytes != 5 {
		t.Errorf("counted as %+v", s.Kinds())
	}
	must(t, d.Close())
	must(t, unix.Close(ends[1]))
}

// Of two calls that one thread could be making it is found for one.
func TestThreadsAreFoundOnce(t *testing.T) {
	at := blockedThread{id: 7, call: unix.SYS_PREAD64, args: [6]uint64{3, 0, 16, 512}}
	for _, tt := range []struct {
		o    proactor.Operation
		want bool
	}{
		{proactor.Operation{Op: "read", FD: 3, Offset: 512}, true},
		{proactor.Operation{Op: "read", FD: 3, Offset: -1}, true}, // at the position
		{proactor.Operation{Op: "read", FD: 3, Offset: 1024}, false},
		{proactor.Operation{Op: "read", FD: 4, Offset: 512}, false},
		{proactor.Operation{Op: "write", FD: 3, Offset: 512}, false},
		{proactor.Operation{Op: "stat", FD: -1, Target: "/x"}, false},
	} {
		if got := at.makes(&tt.o); got != tt.want {
			t.Errorf("%+v: %t", tt.o, got)
		}
	}
	for _, line := range []string{"", "running\n", "-1 0x7ffd 0x7f00\n", "0 0x3", "0 0x3 x 0x0 0x0 0x0 0x0 0x0 0x0", "x 0x3 0x0 0x0 0x0 0x0 0x0 0x0 0x0"} {
		if b, ok := parseSyscall(line); ok {
			t.Errorf("%q is %+v", line, b)
		}
	}
	if b, ok := parseSyscall("17 0x3 0xc000 0x10 0x200 0x0 0x0 0x7ffd 0x7f00\n"); !ok || b.call != 17 || b.args != [6]uint64{3, 0xc000, 16, 512} {
		t.Errorf("%+v", b)
	}
	blocked := []*proactor.Operation{{Op: "read", FD: 1 << 20, Offset: -1}, {Op: "stat", FD: -1, Target: "/no/such/call"}}
	findThreads(blocked)
	for _, o := range blocked {
		if o.Thread != 0 {
			t.Errorf("%+v is made by no thread", o)
		}
	}
}

func BenchmarkFindThreads(b *testing.B) {
	found := 0
	for b.Loop() {
		found = len(blockedThreads())
	}
	b.ReportMetric(float64(found), "threads")
}
