package hangtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A stuckCall is a diskCall under way.
type stuckCall struct {
	diskCall
	name   string
	f      *await.File
	p      []byte
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan diskEnd
}

// A diskEnd is the end of a call, and when it was.
type diskEnd struct {
	err error
	at  time.Time
}

func (c *stuckCall) begin() {
	go func() {
		err := c.call(c.ctx, c.f, c.p)
		c.ended <- diskEnd{err, time.Now()}
	}()
}

// stuckCalls has a file ready for each call.
func (d *stuckDisk) stuckCalls(aio *await.IO) (calls []*stuckCall) {
	d.t.Helper()
	for name, c := range diskCalls {
		s := &stuckCall{diskCall: c, name: name, f: d.file(aio, name, c.config, c.flag), p: poison(c.size), ended: make(chan diskEnd, 1)}
		s.ctx, s.cancel = context.WithCancel(context.Background())
		d.t.Cleanup(s.cancel)
		calls = append(calls, s)
	}
	return calls
}

// A way is one in which calls on a disk are ended.
type way struct {
	cause  error
	end    func(t *testing.T, aio *await.IO, calls []*stuckCall)
	after  bool // the files can be used afterwards
	closes bool // the IO
}

var ways = map[string]way{
	"context": {cause: context.Canceled, after: true, end: func(_ *testing.T, _ *await.IO, calls []*stuckCall) {
		for _, c := range calls {
			c.cancel()
		}
	}},
	"deadline": {cause: os.ErrDeadlineExceeded, after: true, end: func(t *testing.T, _ *await.IO, calls []*stuckCall) {
		for _, c := range calls {
			must(t, c.f.SetDeadline(time.Now()))
		}
	}},
	"Close": {cause: os.ErrClosed, end: func(t *testing.T, _ *await.IO, calls []*stuckCall) {
		for _, c := range calls {
			go func() {
				if err := c.f.Close(); err != nil && !errors.Is(err, await.ErrLeft) {
					t.Errorf("Close during %s: %v", c.name, err)
				}
			}()
		}
	}},
	"Shutdown": {cause: os.ErrClosed, closes: true, end: func(t *testing.T, aio *await.IO, _ []*stuckCall) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var left *await.LeftError
		if err := aio.Shutdown(ctx); !errors.As(err, &left) || len(left.Operations) == 0 {
			t.Errorf("Shutdown: %v", err)
		}
	}},
}

// TestEveryEndOnAStuckDisk has calls of all kinds wait for a disk that stands still, and be ended.
// Nothing is left of them when it goes on.
func TestEveryEndOnAStuckDisk(t *testing.T) {
	for name, w := range ways {
		t.Run(name, func(t *testing.T) {
			d := newStuckDisk(t)
			files, threads := descriptors(t), held(t)
			aio, err := await.Start(await.Config{Workers: 128})
			must(t, err)
			d.endAll(aio, w)
			must(t, aio.Close())
			eventually(t, "the descriptors are closed", func() bool { return descriptors(t) <= files })
			eventually(t, "the threads are free", func() bool { return held(t) <= threads })
		})
	}
}

func (d *stuckDisk) endAll(aio *await.IO, w way) {
	t := d.t.(*testing.T)
	calls := d.stuckCalls(aio)
	large, largeEnded := d.file(aio, "held", await.FileConfig{}, 0), make(chan error, 1)
	d.freeze()
	for _, c := range calls {
		if !c.late {
			c.begin()
		}
	}
	go func() { largeEnded <- readAt(context.Background(), large, make([]byte, diskFile)) }() // nothing ends it
	early := d.waitLate(large)
	for _, c := range calls {
		if c.late {
			c.begin()
		}
	}
	time.Sleep(brief)
	began := time.Now()
	w.end(t, aio, calls)
	for _, c := range calls {
		e := <-c.ended
		wantEnd(t, c.name, e.at.Sub(began), e.err, w.cause, false)
	}
	if len(largeEnded) > 0 {
		t.Error("a read ended that the kernel has its caller's memory of")
	}
	if s := aio.Stats(); s.Left == 0 || w.after && s.LentBytes == 0 {
		t.Errorf("%d calls were left, with %d bytes", s.Left, s.LentBytes)
	}
	if w.after {
		must(t, aio.Nop(t.Context())) // no loop hangs
	}
	d.thaw()
	must(t, <-largeEnded)
	for _, ended := range early {
		<-ended
	}
	d.ended(aio, w.closes)
	for _, c := range calls {
		wantPoison(t, c.name, c.p)
	}
	d.closeAll(w, append(calls, &stuckCall{name: "held", f: large}))
}

// waitLate waits until the library knows that the disk is late: then a caller can leave a large read of f.
// Those that came before that wait for the disk.
func (d *stuckDisk) waitLate(f *await.File) (early []<-chan error) {
	d.t.Helper()
	isLate := func() bool {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- readAt(ctx, f, make([]byte, diskFile)) }()
		time.Sleep(brief)
		cancel()
		select {
		case err := <-ended:
			return errors.Is(err, await.ErrLeft)
		case <-time.After(brief):
			early = append(early, ended)
			return false
		}
	}
	eventually(d.t, "the disk is late", isLate)
	return early
}

// closeAll closes the files, which are well again. A disk that was late just now may have a close left, too.
func (d *stuckDisk) closeAll(w way, calls []*stuckCall) {
	for _, c := range calls {
		if w.after {
			must(d.t, c.f.SetDeadline(time.Time{}))
			if c.again {
				must(d.t, c.call(d.t.Context(), c.f, make([]byte, c.size)))
			}
		}
		err := c.f.Close()
		if err != nil && !errors.Is(err, os.ErrClosed) && !errors.Is(err, await.ErrLeft) {
			d.t.Errorf("Close after %s: %v", c.name, err)
		}
	}
}

// A disk that stands still takes nothing from another.
func TestStuckDiskLeavesOthersAlone(t *testing.T) {
	d := newStuckDisk(t)
	aio := open(t, await.Config{Workers: 8})
	f := d.file(aio, "file", await.FileConfig{}, 0)
	other, err := aio.OpenFile(filepath.Join(t.TempDir(), "other"), os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	before := threads(t)
	d.freeze()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 100)
	for i := range cap(ended) {
		go func() {
			_, err := f.WriteAtSync(ctx, make([]byte, 4096), int64(i)*4096)
			ended <- err
		}()
	}
	time.Sleep(brief)
	for range 10 {
		_, err := other.WriteAtSync(t.Context(), []byte("x"), 0)
		must(t, err)
	}
	if n := threads(t); n > before+50 {
		t.Errorf("%d threads, %d before", n, before)
	}
	stop()
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a write ended with %v", err)
		}
	}
	d.thaw()
	d.ended(aio, false)
	must(t, f.Close())
	must(t, other.Close())
}
