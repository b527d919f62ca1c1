//go:build unix

package await

import (
	"context"
	"errors"
	goio "io"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A heldSync is a sync that has begun and ends when the test says so.
type heldSync struct {
	dataOnly bool
	end      func(err error)
}

// holdSyncs has each sync of f wait for the test.
func holdSyncs(t *testing.T, f *File) <-chan heldSync {
	t.Helper()
	held := make(chan heldSync, 100)
	f.syncGroup().Fsync = func(_ int, dataOnly bool) error {
		end := make(chan error, 1)
		held <- heldSync{dataOnly, func(err error) { end <- err }}
		return <-end
	}
	return held
}

// waitForWaiters waits until n callers wait for a sync of f.
func waitForWaiters(t *testing.T, f *File, n int) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool { return f.syncGroup().Waiting() == n }, "%d callers wait for a sync", n)
}

// laterSyncs makes n calls that are to wait for the next sync of f.
func laterSyncs(t *testing.T, f *File, n int, call func() (int, error)) (all []<-chan outcome) {
	t.Helper()
	before := f.syncGroup().Waiting()
	for range n {
		all = append(all, later(call))
	}
	waitForWaiters(t, f, before+n)
	return all
}

// nothingMore fails t if another sync has begun, or ended is over.
func nothingMore(t *testing.T, held <-chan heldSync, ended ...<-chan outcome) {
	t.Helper()
	time.Sleep(10 * time.Millisecond)
	if len(held) > 0 {
		t.Error("another sync has begun")
	}
	for _, c := range ended {
		select {
		case o := <-c:
			t.Errorf("a call ended: %d, %v", o.n, o.err)
		default:
		}
	}
}

// wantOutcomes waits for calls and wants each to have ended with n and with no error, or
// with one that is each of errs.
func wantOutcomes(t *testing.T, calls []<-chan outcome, n int, errs ...error) {
	t.Helper()
	for _, c := range calls {
		o := receive(t, c, "end of a call")
		if o.n != n || o.err != nil != (len(errs) > 0) {
			t.Errorf("got %d, %v, want %d", o.n, o.err, n)
		}
		wantIs(t, o.err, errs...)
	}
}

func newLog(t *testing.T, config FileConfig) *File {
	t.Helper()
	return patterned(t, config, 0, os.O_RDWR|os.O_APPEND)
}

// syncForms are all calls that sync a file opened with O_APPEND: how many bytes they
// tell of, and whether they are content with the data.
func syncForms(f *File) map[string]func(ctx context.Context) (int, error) {
	p, parts := []byte("record;"), [][]byte{[]byte("rec"), nil, []byte("ord;")}
	return map[string]func(ctx context.Context) (int, error){
		"Sync":            func(ctx context.Context) (int, error) { return 7, f.SyncContext(ctx) },
		"Datasync":        func(ctx context.Context) (int, error) { return 7, f.DatasyncContext(ctx) },
		"AppendSync":      func(ctx context.Context) (int, error) { return f.AppendSync(ctx, p) },
		"AppendDatasync":  func(ctx context.Context) (int, error) { return f.AppendDatasync(ctx, p) },
		"AppendVSync":     func(ctx context.Context) (int, error) { return f.AppendVSync(ctx, parts) },
		"AppendVDatasync": func(ctx context.Context) (int, error) { return f.AppendVDatasync(ctx, parts) },
	}
}

func TestOneSyncIsForAllWhoWait(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		var calls []<-chan outcome
		for _, form := range syncForms(f) {
			calls = append(calls, laterSyncs(t, f, 5, func() (int, error) { return form(background) })...)
		}
		nothingMore(t, held, append(calls, first)...)
		s.end(nil)
		must(t, receive(t, first, "end of the first sync").err)
		s = receive(t, held, "the next sync")
		nothingMore(t, held, calls...)
		if s.dataOnly {
			t.Error("callers of Sync got an fdatasync")
		}
		s.end(nil)
		wantOutcomes(t, calls, 7)
		nothingMore(t, held)
		must(t, f.Close())
		data, err := outside.ReadFile(f.Name())
		must(t, err)
		if len(data) != 4*5*7 {
			t.Errorf("the file has %d bytes", len(data))
		}
	})
}

// A sync of the data covers none that want the metadata too.
func TestKindsOfSyncs(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		forms := syncForms(f)
		for _, tt := range []struct {
			leader, waiters string
			dataOnly        bool
		}{
			{"Sync", "Datasync", true},
			{"Sync", "AppendDatasync", true},
			{"Sync", "AppendVDatasync", true},
			{"Datasync", "Sync", false},
			{"AppendDatasync", "AppendSync", false},
			{"AppendVDatasync", "AppendVSync", false},
		} {
			leader := later(func() (int, error) { return forms[tt.leader](background) })
			s := receive(t, held, "a sync")
			if s.dataOnly == tt.dataOnly {
				t.Errorf("%s: data only is %v", tt.leader, s.dataOnly)
			}
			calls := laterSyncs(t, f, 3, func() (int, error) { return forms[tt.waiters](background) })
			s.end(nil)
			wantOutcomes(t, []<-chan outcome{leader}, 7)
			s = receive(t, held, "the next sync")
			if s.dataOnly != tt.dataOnly {
				t.Errorf("%s: data only is %v", tt.waiters, s.dataOnly)
			}
			s.end(nil)
			wantOutcomes(t, calls, 7)
		}
		s := later(func() (int, error) { return 0, f.Sync() })
		receive(t, held, "a sync").end(nil)
		must(t, receive(t, s, "end").err)
	})
}

// Some callers wait for the data alone and some for all: one sync serves them.
func TestSyncOfAllCoversTheData(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Datasync() })
		s := receive(t, held, "a sync")
		data := laterSyncs(t, f, 2, func() (int, error) { return 0, f.Datasync() })
		ctx, stop, cause := ending()
		whole := laterSyncs(t, f, 1, func() (int, error) { return 0, f.SyncContext(ctx) })
		stop()
		wantOutcomes(t, whole, 0, cause) // and nobody is left that wants all
		s.end(nil)
		wantOutcomes(t, []<-chan outcome{first}, 0)
		s = receive(t, held, "the next sync")
		if !s.dataOnly {
			t.Error("an fsync for callers of Datasync")
		}
		more := laterSyncs(t, f, 1, func() (int, error) { return 0, f.Datasync() })
		more = append(more, laterSyncs(t, f, 1, func() (int, error) { return 0, f.Sync() })...)
		s.end(nil)
		wantOutcomes(t, data, 0)
		s = receive(t, held, "the last sync")
		if s.dataOnly {
			t.Error("an fdatasync for a caller of Sync")
		}
		s.end(nil)
		wantOutcomes(t, more, 0)
	})
}

// wantSyncFailed fails t unless err is a failed sync of f.
func wantSyncFailed(t *testing.T, err error, f *File, op string) {
	t.Helper()
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Op != op || failed.Path != f.Name() || failed.Err != error(unix.EIO) {
		t.Errorf("got %#v, want a %s of %s with EIO", err, op, f.Name())
	}
}

// The system tells of a failed write-back once. All whose data it may have been are
// told, and no caller that wrote later.
func TestFailedSyncIsToldToAllWhomItMayConcern(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		before := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		covered := laterSyncs(t, f, 5, func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		s.end(nil)
		must(t, receive(t, before, "end of the sync before").err)
		s = receive(t, held, "the sync that fails")
		during := laterSyncs(t, f, 5, func() (int, error) { return f.AppendDatasync(background, []byte("record;")) })
		s.end(unix.EIO)
		for _, c := range covered {
			o := receive(t, c, "end of a call that was covered")
			wantSyncFailed(t, o.err, f, "sync")
			if o.n != 7 {
				t.Errorf("got %d bytes written", o.n)
			}
		}
		receive(t, held, "a sync for the others").end(nil)
		for _, c := range during {
			wantSyncFailed(t, receive(t, c, "end of a call that wrote meanwhile").err, f, "datasync")
		}
		after := later(func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		receive(t, held, "a sync after it").end(nil)
		wantOutcomes(t, []<-chan outcome{after}, 7)
	})
}

// Writes at offsets, which no O_APPEND file has, share syncs and their errors as appends do.
func TestWritesAtOffsetsShareSyncs(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := patterned(t, config, 0, os.O_RDWR)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		whole := laterSyncs(t, f, 3, func() (int, error) { return f.WriteAtSync(background, []byte("whole"), 0) })
		data := laterSyncs(t, f, 3, func() (int, error) { return f.WriteAtDatasync(background, []byte("data;"), 10) })
		ctx, stop, cause := ending()
		ended := laterSyncs(t, f, 1, func() (int, error) { return f.WriteAtSync(ctx, []byte("ended"), 20) })
		stop()
		wantOutcomes(t, ended, 5, cause, proactor.ErrCanceled) // written, and not known to be on the device
		s.end(nil)
		must(t, receive(t, first, "end of the first sync").err)
		s = receive(t, held, "the next sync")
		if s.dataOnly {
			t.Error("callers of WriteAtSync got an fdatasync")
		}
		nothingMore(t, held, append(whole, data...)...)
		s.end(unix.EIO)
		for _, c := range whole {
			o := receive(t, c, "end of a WriteAtSync")
			wantSyncFailed(t, o.err, f, "sync")
		}
		for _, c := range data {
			o := receive(t, c, "end of a WriteAtDatasync")
			wantSyncFailed(t, o.err, f, "datasync")
		}
		queued := later(func() (int, error) { return f.WriteAtDatasync(background, []byte("after"), 30) })
		receive(t, held, "a sync after it").end(nil)
		wantOutcomes(t, []<-chan outcome{queued}, 5)
		got, err := outside.ReadFile(f.Name())
		must(t, err)
		if string(got) != "whole\x00\x00\x00\x00\x00data;\x00\x00\x00\x00\x00ended\x00\x00\x00\x00\x00after" {
			t.Errorf("the file has %q", got)
		}
	})
}

// A failure while a record is written is told to its writer.
func TestFailedSyncDuringAWrite(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		failing := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		must(t, f.lock.Lock(background)) // the write below waits
		record := later(func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		testutil.Eventually(t, patience, func() bool { return f.d.Waiting() > 0 }, "a write waits")
		s.end(unix.EIO)
		wantSyncFailed(t, receive(t, failing, "end of the sync").err, f, "sync")
		f.lock.Unlock()
		receive(t, held, "the record's sync").end(nil)
		wantSyncFailed(t, receive(t, record, "end of the record").err, f, "sync")
	})
}

func TestContextEndsTheWaitForASync(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		ctx, stop, cause := ending()
		queued := laterSyncs(t, f, 1, func() (int, error) { return f.AppendSync(ctx, []byte("record;")) })
		others := laterSyncs(t, f, 2, func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		stop()
		wantOutcomes(t, queued, 7, cause, proactor.ErrCanceled) // written, and not known to be on the device
		ctx, stop, cause = ending()
		covered := laterSyncs(t, f, 1, func() (int, error) { return f.AppendSync(ctx, []byte("record;")) })
		s.end(nil)
		must(t, receive(t, first, "end of the first").err)
		s = receive(t, held, "the next sync")
		stop()
		wantOutcomes(t, covered, 7, cause, proactor.ErrCanceled)
		nothingMore(t, held, others...)
		s.end(nil)
		wantOutcomes(t, others, 7)
		info, err := f.Stat()
		must(t, err)
		if info.Size() != 4*7 {
			t.Errorf("the file has %d bytes", info.Size())
		}
	})
}

// A leader's context does not end the sync that it makes for others.
func TestContextOfTheLeaderEnds(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		ctx, stop, cause := ending()
		leader := laterSyncs(t, f, 1, func() (int, error) { return 0, f.SyncContext(ctx) })
		other := laterSyncs(t, f, 1, func() (int, error) { return 0, f.Sync() })
		s.end(nil)
		must(t, receive(t, first, "end of the first").err)
		s = receive(t, held, "the next sync")
		stop()
		wantOutcomes(t, leader, 0, cause, ErrLeft)
		nothingMore(t, held, other...)
		s.end(nil)
		wantOutcomes(t, other, 0)
	})
}

func TestCloseEndsTheWaitForASync(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		covered := laterSyncs(t, f, 2, func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		s.end(nil)
		must(t, receive(t, first, "end of the first").err)
		s = receive(t, held, "the next sync")
		queued := laterSyncs(t, f, 3, func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		closed := later(func() (int, error) { return 0, f.Close() })
		wantOutcomes(t, queued, 7, os.ErrClosed)
		_, err := f.AppendSync(background, []byte("record;"))
		wantIs(t, err, os.ErrClosed)
		wantIs(t, f.Sync(), os.ErrClosed)
		if config.Lending == LendAlways {
			wantOutcomes(t, covered, 7, os.ErrClosed) // it may be that of a left call, too
			wantIs(t, receive(t, closed, "end of Close").err, ErrLeft)
			s.end(nil)
			return
		}
		nothingMore(t, held, append(covered, closed)...)
		s.end(nil)
		wantOutcomes(t, covered, 7) // they got what they asked for
		must(t, receive(t, closed, "end of Close").err)
	})
}

// A sync that its caller has left goes on; those that come later wait for it.
func TestSyncsThatAreLeft(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		must(t, f.SetWriteDeadline(time.Now().Add(time.Hour)))
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		must(t, f.SetWriteDeadline(past))
		wantIs(t, receive(t, first, "end of a call").err, os.ErrDeadlineExceeded, ErrLeft)
		must(t, f.SetWriteDeadline(time.Time{}))
		ctx, stop, cause := ending()
		calls := laterSyncs(t, f, 3, func() (int, error) { return 0, f.SyncContext(ctx) })
		stop()
		wantOutcomes(t, calls, 0, cause)
		last := laterSyncs(t, f, 1, func() (int, error) { return f.AppendSync(background, []byte("record;")) })
		nothingMore(t, held, last...)
		s.end(nil)
		receive(t, held, "the next sync").end(nil)
		wantOutcomes(t, last, 7)
	})
}

// A leader is one of Config.Workers; what ends it while it waits for a place is its
// own, and another leads.
func TestSyncsBlockNoMoreThreadsThanWorkers(t *testing.T) {
	io := open(t, Config{Workers: 1})
	io.loops.Busy.Store(true)                        // the one call that is alone is none of them
	config := FileConfig{IO: io, Lending: LendNever} // nobody leaves a call
	f, g := newLog(t, config), newLog(t, config)
	held, other := holdSyncs(t, f), holdSyncs(t, g)
	first := later(func() (int, error) { return 0, f.Sync() })
	s := receive(t, held, "a sync")
	ctx, stop, cause := ending()
	leader := later(func() (int, error) { return 0, g.SyncContext(ctx) })
	testutil.Eventually(t, patience, func() bool { return g.d.Waiting() > 0 }, "a leader that waits for a place")
	waiting := laterSyncs(t, g, 2, func() (int, error) { return 0, g.Sync() })
	nothingMore(t, other, append(waiting, leader)...)
	stop()
	wantOutcomes(t, []<-chan outcome{leader}, 0, cause)
	waitForWaiters(t, g, 1) // one leads
	nothingMore(t, other, waiting...)
	must(t, g.Close())
	wantOutcomes(t, waiting, 0, os.ErrClosed)
	queued := laterSyncs(t, f, 2, func() (int, error) { return 0, f.Sync() })
	closed := later(func() (int, error) { return 0, io.Close() })
	testutil.Eventually(t, patience, func() bool { return errors.Is(io.Nop(background), os.ErrClosed) }, "the IO is closed")
	s.end(nil)
	must(t, receive(t, first, "end of the first").err)
	wantOutcomes(t, queued, 0, os.ErrClosed)
	must(t, receive(t, closed, "end of Close").err)
}

// Calls whose contexts end at any moment, of files that are closed at any moment.
func TestSyncsEndAtAnyMoment(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		rounds := 20
		if testing.Short() {
			rounds = 5
		}
		for range rounds {
			f := newLog(t, config)
			f.syncGroup().Fsync = func(int, bool) error {
				time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
				if rand.IntN(4) == 0 {
					return unix.EIO
				}
				return nil
			}
			var calls sync.WaitGroup
			for range 16 {
				calls.Go(func() { syncAtRandom(t, f) })
			}
			time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
			if err := f.Close(); err != nil && !errors.Is(err, ErrLeft) {
				t.Error(err)
			}
			calls.Wait()
			if n := f.syncGroup().Waiting(); n > 0 {
				t.Errorf("%d callers still wait", n)
			}
		}
		waitUnderWay(t, config.IO, 0)
	})
}

func syncAtRandom(t *testing.T, f *File) {
	for {
		ctx, cancel := context.WithTimeout(background, time.Duration(rand.IntN(300))*time.Microsecond)
		err := f.SyncContext(ctx)
		cancel()
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case err == nil, errors.Is(err, unix.EIO), errors.Is(err, context.DeadlineExceeded):
		default:
			t.Errorf("got %v", err)
		}
	}
}

// Records of all forms of a write are whole, and those of one writer are in order.
func TestAppendedRecordsAreWholeAndInOrder(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		const writers, each = 8, 12
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				for n := range each {
					mustAppend(t, f, i, n)
				}
			})
		}
		all.Wait()
		must(t, f.Close())
		data, err := outside.ReadFile(f.Name())
		must(t, err)
		got := readRecords(data)
		for i := range writers {
			if len(got[i]) != each {
				t.Errorf("writer %d: %d records, want %d", i, len(got[i]), each)
			}
			for n, number := range got[i] {
				if number != n {
					t.Fatalf("writer %d: record %d is number %d", i, n, number)
				}
			}
		}
	})
}

func mustAppend(t *testing.T, f *File, writer, number int) {
	p := newRecord(writer, number)
	parts := [][]byte{p[:5], nil, p[5:20], p[20:]}
	var n int
	var err error
	switch number % 5 {
	case 0:
		n, err = f.AppendSync(background, p)
	case 1:
		n, err = f.AppendVSync(background, parts)
	case 2:
		n, err = f.AppendDatasync(background, p)
	case 3:
		n, err = f.AppendVDatasync(background, parts)
	default:
		n, err = f.Write(p)
	}
	if n != len(p) || err != nil {
		t.Errorf("record %d: %d, %v", number, n, err)
	}
}

func TestAppendOfManyBuffers(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		want := testutil.FileContents(0, 3*buffersMax)
		var parts [][]byte
		for i := range want {
			parts = append(parts, want[i:i+1], nil)
		}
		n, err := f.AppendVSync(background, parts)
		wantCount(t, "AppendVSync", n, err, len(want))
		n, err = f.AppendVSync(background, nil)
		wantCount(t, "AppendVSync of nothing", n, err, 0)
		n, err = f.AppendDatasync(background, nil)
		wantCount(t, "AppendDatasync of nothing", n, err, 0)
		got, err := outside.ReadFile(f.Name())
		must(t, err)
		if string(got) != string(want) {
			t.Errorf("the file has %d bytes, or others than what was written", len(got))
		}
	})
}

func TestSyncsThatCannotBe(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		path := tempDir(t) + "/fifo"
		must(t, unix.Mkfifo(path, 0o600))
		f, err := config.Open(background, path, os.O_RDWR|os.O_APPEND, 0)
		must(t, err)
		defer f.Close()
		for name, form := range syncForms(f) {
			n, err := form(background)
			if name != "Sync" && name != "Datasync" && n != 0 {
				t.Errorf("%s of a FIFO wrote %d bytes", name, n)
			}
			if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EOPNOTSUPP) {
				t.Errorf("%s of a FIFO: %v", name, err)
			}
		}
		_, err = f.WriteAtDatasync(background, []byte("x"), 0)
		wantIs(t, err, errWriteAtAppending)
		var none *File
		for name, form := range syncForms(none) {
			_, err := form(background)
			wantIs(t, err, os.ErrInvalid)
			_ = name
		}
		reader := patterned(t, config, 10, os.O_RDONLY|os.O_APPEND)
		n, err := reader.AppendSync(background, []byte("x"))
		if n != 0 {
			t.Errorf("wrote %d bytes to what is open for reading", n)
		}
		wantIs(t, err, unix.EBADF)
	})
}

// TestSyncsFromBubbles has callers inside and outside of a bubble share syncs.
func TestSyncsFromBubbles(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		var outside sync.WaitGroup
		for range 4 {
			outside.Go(func() {
				for range 10 {
					must(t, f.Sync())
				}
			})
		}
		synctest.Test(t, func(t *testing.T) {
			var inside sync.WaitGroup
			for range 4 {
				inside.Go(func() {
					for range 10 {
						must(t, f.Datasync())
					}
				})
			}
			inside.Wait()
		})
		outside.Wait()
	})
}

// The count of a write that came short is what was written, and there is no sync.
func TestAppendThatComesShort(t *testing.T) {
	onConfigs(t, func(t *testing.T, config FileConfig) {
		f := newLog(t, config)
		held := holdSyncs(t, f)
		var was unix.Rlimit
		must(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &was))
		must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: was.Max}))
		defer func() { must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &was)) }()
		n, err := f.AppendSync(background, make([]byte, 1500))
		if n != 1000 || !errors.Is(err, unix.EFBIG) || errors.Is(err, goio.ErrShortWrite) {
			t.Errorf("got %d, %v, want 1000 and EFBIG", n, err)
		}
		n, err = f.AppendVSync(background, [][]byte{make([]byte, 10), make([]byte, 10)})
		if n != 0 || !errors.Is(err, unix.EFBIG) {
			t.Errorf("got %d, %v, want EFBIG", n, err)
		}
		nothingMore(t, held)
	})
}
