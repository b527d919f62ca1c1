package await

import (
	"context"
	goio "io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
)

// TestAgainAlone repeats what is tested of files, by another process, with the calls
// that may be their callers'.
func TestAgainAlone(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-uncontended", "-test.short="+strconv.FormatBool(testing.Short()),
		"-test.run=File|Read|Write|Copies|Direct|Devices|Batch|Position|Closed|Forgotten|Modes|Sync|Collect")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// onDisk is a file of 64 KiB of a disk.
func onDisk(t *testing.T, io *IO, flag int) *File {
	t.Helper()
	return openOnDisk(t, io, newContents(t), flag)
}

// newContents is the name of a new file of 64 KiB.
func newContents(t *testing.T) string {
	t.Helper()
	name := filepath.Join(tempDir(t), "file")
	must(t, outside.WriteFile(name, testutil.FileContents(0, 1<<16), 0o600))
	return name
}

func openOnDisk(t *testing.T, io *IO, name string, flag int) *File {
	t.Helper()
	f := openFile(t, io, name, flag)
	if f.d.Kind != fdcall.Disk {
		t.Skipf("%s is not on a disk of its own: such a file is the proactor's", name)
	}
	return f
}

// diskCalls are one submission each where the proactor makes them.
func diskCalls(f *File) map[string]func(ctx context.Context) error {
	p := AlignedBuffer(4096)
	count := func(_ int, err error) error { return err }
	return map[string]func(ctx context.Context) error{
		"ReadAt":  func(ctx context.Context) error { return count(f.ReadAtContext(ctx, p, 4096)) },
		"Read":    func(ctx context.Context) error { return count(f.ReadContext(ctx, p)) },
		"WriteAt": func(ctx context.Context) error { return count(f.WriteAtContext(ctx, p, 4096)) },
		"Write":   func(ctx context.Context) error { return count(f.WriteContext(ctx, p)) },
	}
}

// TestSyncsOfADiskAreNoSubmissions has one of the callers sync, whatever is under way.
func TestSyncsOfADiskAreNoSubmissions(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	f, log := onDisk(t, io, os.O_RDWR), onDisk(t, io, os.O_WRONLY|os.O_APPEND)
	p := make([]byte, 100)
	calls := syncForms(log)
	calls["WriteAtSync"] = func(ctx context.Context) (int, error) { return f.WriteAtSync(ctx, p, 4096) }
	calls["WriteAtDatasync"] = func(ctx context.Context) (int, error) { return f.WriteAtDatasync(ctx, p, 4096) }
	cancelable, cancel := context.WithCancel(background)
	defer cancel()
	for name, call := range calls {
		for _, ctx := range []context.Context{background, cancelable} {
			if n := submissions(t, io, func(ctx context.Context) error { _, err := call(ctx); return err }, ctx); n != 0 {
				t.Errorf("%s: %d submissions", name, n)
			}
		}
	}
}

// submissions is how many operations call submitted.
func submissions(t *testing.T, io *IO, call func(ctx context.Context) error, ctx context.Context) uint64 {
	t.Helper()
	before := io.Stats().Submitted
	must(t, call(ctx))
	return io.Stats().Submitted - before
}

func TestCallsThatAreAloneAreTheCallers(t *testing.T) {
	io := openIdle(t, Config{})
	f := onDisk(t, io, os.O_RDWR|unix.O_DIRECT)
	must(t, io.Nop(background))
	a, b := socketPair(t)
	for name, call := range diskCalls(f) {
		if n := submissions(t, io, call, background); n != 0 {
			t.Errorf("%s alone: %d submissions", name, n)
		}
		wantSubmission(t, f, name, func(ctx context.Context) uint64 { return submissions(t, io, call, ctx) })
		end := callUnderWay(io)
		if n := submissions(t, io, call, background); n == 0 {
			t.Errorf("%s beside another blocked a second thread", name)
		}
		end()
		received := later(func() (int, error) { return io.Recv(background, a, make([]byte, 1), 0) })
		waitUnderWay(t, io, 1)
		if n := submissions(t, io, call, background); n == 0 {
			t.Errorf("%s beside a receive blocked a thread", name)
		}
		mustWrite(t, b, []byte("x"))
		must(t, receive(t, received, "end of Recv").err)
		waitUnderWay(t, io, 0)
	}
}

// wantSubmission waits until a call on f that can be stopped is a loop's. Some time after one of them has
// taken 100 ms, because the disk is busy, they are made by goroutines, which can be left.
func wantSubmission(t *testing.T, f *File, name string, call func(ctx context.Context) (submissions uint64)) {
	t.Helper()
	cancelable, cancel := context.WithCancel(background)
	defer cancel()
	testutil.Eventually(t, patience, func() bool {
		_, err := f.Seek(0, goio.SeekStart)
		must(t, err)
		return call(cancelable) > 0 || !f.d.Loop.Loops.WaitsInKernel()
	}, "%s that can be stopped blocks no thread", name)
}

// callUnderWay has a call on a file of a disk be under way, on a thread, until end is called.
func callUnderWay(io *IO) (end func()) {
	ctx, cancel := context.WithCancel(background) // a call that can be stopped is not the one that is alone
	d := &fdcall.Descriptor{Loop: io.loops.First(), Kind: fdcall.Disk}
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = d.OnThread(ctx, func(int) (int, error) { close(begun); <-ctx.Done(); return 0, nil })
	}()
	<-begun
	return func() { cancel(); <-ended }
}

// TestLoopsAreBusyTogether reads a file while another loop has something under way.
func TestLoopsAreBusyTogether(t *testing.T) {
	io := openIdle(t, Config{Loops: testLoops})
	f := onDisk(t, io, os.O_RDWR|unix.O_DIRECT)
	read := diskCalls(f)["ReadAt"]
	for range testLoops {
		a, b := socketPair(t)
		received := later(func() (int, error) { return io.Recv(background, a, make([]byte, 1), 0) })
		waitUnderWay(t, io, 1)
		if n := submissions(t, io, read, background); n == 0 {
			t.Errorf("a file of loop %d beside a receive of loop %d blocked a thread", int(f.Fd())%testLoops, a%testLoops)
		}
		mustWrite(t, b, []byte("x"))
		must(t, receive(t, received, "end of Recv").err)
		waitUnderWay(t, io, 0)
		if n := submissions(t, io, read, background); n != 0 {
			t.Errorf("alone: %d submissions", n)
		}
	}
}

// TestAloneStartsNoEngine reads while no proactor is running.
func TestAloneStartsNoEngine(t *testing.T) {
	io := openIdle(t, Config{IdleTimeout: time.Millisecond})
	f := onDisk(t, io, os.O_RDWR|unix.O_DIRECT)
	<-proactorOf(t, io, -1).Done()
	before := io.Stats()
	for range 10 {
		_, err := f.ReadAt(AlignedBuffer(4096), 0)
		must(t, err)
		must(t, f.Sync())
	}
	if io.Stats() != before {
		t.Error("an engine was started for nothing")
	}
	must(t, io.Close())
	_, err := f.ReadAt(AlignedBuffer(4096), 0)
	wantIs(t, err, net.ErrClosed)
	must(t, f.Close())
}

// TestCloseWaitsForTheCallers has a read hang in its caller's thread.
func TestCloseWaitsForTheCallers(t *testing.T) {
	for _, whose := range []string{"file", "io", "io that was idle meanwhile"} {
		t.Run(whose, func(t *testing.T) {
			config := Config{}
			if whose == "io that was idle meanwhile" {
				config.IdleTimeout = time.Millisecond
			}
			io := openIdle(t, config)
			name := newContents(t)
			w := refuseAnswer(t, name, unix.FAN_ACCESS_PERM)
			f := openOnDisk(t, io, name, os.O_RDONLY|unix.O_DIRECT)
			p := AlignedBuffer(4096)
			read := later(func() (int, error) { return f.ReadAt(p, 0) })
			w.waitAsked(t, 1)
			if whose == "io that was idle meanwhile" {
				<-proactorOf(t, io, -1).Done()
				must(t, io.Nop(background)) // and another is there
			}
			closed := later(func() (int, error) {
				if whose == "file" {
					return 0, f.Close()
				}
				return 0, io.Close()
			})
			select {
			case <-closed:
				t.Error("closed while a buffer is lent")
			case <-time.After(50 * time.Millisecond):
			}
			w.relent()
			o := receive(t, read, "end of the read")
			wantCount(t, "ReadAt", o.n, o.err, len(p))
			must(t, receive(t, closed, "end of Close").err)
		})
	}
}

// TestCallsThatFailAloneAreTheSame compares the errors of either way.
func TestCallsThatFailAloneAreTheSame(t *testing.T) {
	io := openIdle(t, Config{})
	f := onDisk(t, io, os.O_RDWR|unix.O_DIRECT)
	readOnly := onDisk(t, io, os.O_RDONLY)
	writeOnly := onDisk(t, io, os.O_WRONLY)
	odd := make([]byte, 100)[1:]
	count := func(_ int, err error) error { return err }
	for name, call := range map[string]func() error{
		"odd ReadAt":               func() error { return count(f.ReadAt(odd, 3)) },
		"odd WriteAt":              func() error { return count(f.WriteAt(odd, 3)) },
		"odd WriteAtSync":          func() error { return count(f.WriteAtSync(background, odd, 3)) },
		"WriteAt of a read-only":   func() error { return count(readOnly.WriteAt(odd, 0)) },
		"WriteAtSync of such":      func() error { return count(readOnly.WriteAtSync(background, odd, 0)) },
		"ReadAt of a write-only":   func() error { return count(writeOnly.ReadAt(odd, 0)) },
		"Read of a write-only":     func() error { return count(writeOnly.Read(odd)) },
		"ReadAt past the end":      func() error { return count(readOnly.ReadAt(odd, 1<<20)) },
		"WriteAt beyond all files": func() error { return count(readOnly.WriteAt(odd, 1<<62)) },
	} {
		byCaller := call()
		io.loops.Busy.Store(true)
		want := call()
		io.loops.Busy.Store(false)
		if byCaller == nil || want == nil || byCaller.Error() != want.Error() {
			t.Errorf("%s: %v, by the proactor %v", name, byCaller, want)
		}
	}
}
