//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// Law 7: at a limit of one, calls wait and none fails.
func TestSmallestLimits(t *testing.T) {
	configs := map[string]Config{
		"MaxQueued":   {MaxQueued: 1},
		"MaxInFlight": {MaxInFlight: 1},
		"Entries":     {Entries: 1, CompletionEntries: 1},
		"all of them": {Entries: 1, CompletionEntries: 1, MaxInFlight: 1, MaxQueued: 1},
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			io := open(t, config)
			first := proactorOf(t, io, -1)
			fd, _ := tempFile(t, 4096)
			const goroutines, each = 100, 20
			var wg sync.WaitGroup
			check := func(what string, err error) {
				if err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			for i := range goroutines {
				wg.Go(func() {
					p := make([]byte, 16)
					for range each {
						switch i % 5 {
						case 0:
							check("Nop", io.Nop(background))
						case 1:
							_, err := io.Read(background, fd, p, 0)
							check("Read", err)
						case 2:
							check("future of Nop", done(background, io.Async().Nop()))
						case 3:
							check("All", All(background, io.Async().Nop(), io.Async().Sleep(0), io.Async().Nop()))
						default:
							check("Sleep", io.Sleep(background, 0))
						}
					}
				})
			}
			wg.Wait()
			if proactorOf(t, io, -1) != first {
				t.Error("the proactor was replaced by another")
			}
		})
	}
}

// Futures wait for room too, and keep their order of submission to the loop.
func TestFuturesWaitForRoom(t *testing.T) {
	io := open(t, Config{MaxQueued: 1})
	first := proactorOf(t, io, -1)
	var fs []Pending
	for range 300 {
		fs = append(fs, io.Async().Nop())
	}
	must(t, All(background, fs...))
	if proactorOf(t, io, -1) != first {
		t.Error("the proactor was replaced by another")
	}
}

func TestContextEndsAWaitForRoom(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	fillQueue(t, io)
	ctx, cancel := context.WithCancelCause(background)
	defer cancel(nil)
	const goroutines = 40 // more than there are records at first
	var ends []<-chan outcome
	for range goroutines {
		ends = append(ends, later(func() (int, error) { return 0, io.Nop(ctx) }))
	}
	cause := errors.New("changed my mind")
	cancel(cause)
	for _, ended := range ends {
		wantCanceledFor(t, receive(t, ended, "end of the call").err, cause, "nop", -1)
	}
	expired, cancelExpired := context.WithTimeout(background, time.Millisecond)
	defer cancelExpired()
	wantCanceledFor(t, io.Nop(expired), context.DeadlineExceeded, "nop", -1)
}

func TestRoomLetsTheNextIn(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	first := proactorOf(t, io, -1)
	peer, inFlight, queued := fillQueue(t, io)
	const goroutines = 40
	var ends []<-chan outcome
	for range goroutines {
		ends = append(ends, later(func() (int, error) { return 0, io.Nop(background) }))
	}
	mustWrite(t, peer, []byte("xy"))
	must(t, All(background, inFlight, queued))
	for _, ended := range ends {
		must(t, receive(t, ended, "end of the call").err)
	}
	if proactorOf(t, io, -1) != first {
		t.Error("the proactor was replaced by another")
	}
}

func TestCloseEndsAWaitForRoom(t *testing.T) {
	io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
	_, inFlight, queued := fillQueue(t, io)
	const goroutines = 40
	var ends []<-chan outcome
	for range goroutines {
		ends = append(ends, later(func() (int, error) { return 0, io.Nop(background) }))
		ends = append(ends, later(func() (int, error) { return 0, done(background, io.Async().Nop()) }))
	}
	closeFromSeveral(t, io)
	for _, ended := range ends {
		err := receive(t, ended, "end of the call").err
		wantIs(t, err, net.ErrClosed)
	}
	for _, f := range []*Future[int]{inFlight, queued} {
		_, err := f.Await(background)
		wantIs(t, err, net.ErrClosed)
	}
}

// A group needs a channel of the loop's making. Where none is free and
// there is no room to ask for more, the context still ends the wait.
func TestContextEndsAGroupThatWaitsForRoom(t *testing.T) {
	groups := map[string]func(ctx context.Context, fs ...Pending) error{
		"All":  All,
		"Race": func(ctx context.Context, fs ...Pending) error { _, err := Race(ctx, fs...); return err },
	}
	for name, group := range groups {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{MaxInFlight: 1, MaxQueued: 1})
			_, inFlight, queued := fillQueue(t, io)
			ctx, cancel := context.WithCancelCause(background)
			defer cancel(nil)
			release, first := make(chan struct{}), 0
			must(t, proactorOf(t, io, -1).NextTick(new(proactor.Completion), func(*proactor.Completion, proactor.Result) { <-release }))
			var ends []<-chan outcome
			for range 200 { // more than there are channels, of which the loop makes none now
				ends = append(ends, later(func() (int, error) { return 0, group(ctx, inFlight, queued) }))
			}
			cause := errors.New("changed my mind")
			cancel(cause)
			time.AfterFunc(10*time.Millisecond, func() { close(release) })
			for _, ended := range ends {
				if errors.Is(receive(t, ended, "end of a group").err, cause) {
					first++ // the others may see the futures' end, which this one asked for
				}
			}
			if first == 0 {
				t.Error("no group tells why it ended")
			}
			if !isDone(inFlight) || !isDone(queued) {
				t.Error("the group returned before its futures had ended")
			}
		})
	}
}
