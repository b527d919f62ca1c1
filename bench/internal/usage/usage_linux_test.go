package usage

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSelf(t *testing.T) {
	before, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
		kept = append(kept[:0], make([]byte, 1<<10))
	}
	runtime.KeepAlive(kept)
	after, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if after.CPU <= before.CPU || after.Mallocs <= before.Mallocs {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if after.Threads == 0 || after.RSS == 0 || after.PeakRSS < after.RSS || after.Live == 0 {
		t.Errorf("got %+v", after)
	}
}

func TestParseStatus(t *testing.T) {
	got := parseStatus("Name:\tx\nVmRSS:\t   12 kB\nThreads:\t3\nodd\n")
	if len(got) != 2 || got["VmRSS"] != 12 || got["Threads"] != 3 {
		t.Errorf("got %v", got)
	}
}

func TestCountSyscalls(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c, err := CountSyscalls(os.Getpid())
	if err != nil {
		t.Skipf("system calls cannot be counted here: %v", err)
	}
	defer c.Close()
	before, err := c.Total()
	if err != nil {
		t.Fatal(err)
	}
	const calls = 1000
	for range calls {
		unix.Getppid()
	}
	after, err := c.Total()
	if err != nil {
		t.Fatal(err)
	}
	if n := after - before; n < calls || n > 2*calls {
		t.Errorf("counted %d of %d", n, calls)
	}
}

func TestCountSyscallsOfNobody(t *testing.T) {
	if _, err := CountSyscalls(1 << 30); err == nil {
		t.Error("counts a process that does not exist")
	}
}

func TestParseStat(t *testing.T) {
	busy, all, err := parseStat("cpu  100 1 50 1000 10 2 3 4 99 99\ncpu0 1 1\n")
	if err != nil || busy != 1600*time.Millisecond || all != 11700*time.Millisecond {
		t.Errorf("%v of %v, %v", busy, all, err)
	}
	for _, text := range []string{"", "cpu 1 2 3", "cpu a b c d e f g h"} {
		if _, _, err := parseStat(text); err == nil {
			t.Errorf("%q is fine", text)
		}
	}
}

// What this process does is no other's.
func TestOthers(t *testing.T) {
	w, err := StartWatch()
	if err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < 50*time.Millisecond; {
		runtime.Gosched()
	}
	if share, err := w.Others(); err != nil || share < 0 || share > 1 {
		t.Errorf("others have %v, %v", share, err)
	}
}

func TestRaiseFiles(t *testing.T) {
	if err := RaiseFiles(); err != nil {
		t.Fatal(err)
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &now); err != nil || now.Cur != now.Max {
		t.Errorf("the limit is %+v, %v", now, err)
	}
}
