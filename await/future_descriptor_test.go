//go:build unix

package await

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// A maker starts futures that make a descriptor.
type maker struct {
	name string
	make func(t testing.TB, a Async) *Future[int]
}

// makers prepares one of each kind.
func makers(t testing.TB) []maker {
	t.Helper()
	listener, addr := listener(t)
	dir := tempDir(t)
	must(t, outside.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	return []maker{
		{"accept", func(t testing.TB, a Async) *Future[int] {
			// The client may be ahead of the accept or behind it.
			f := a.Accept(listener, 0)
			client, err := outside.Dial("tcp", addr.String())
			must(t, err)
			must(t, client.(lingerer).SetLinger(0)) // no thousands of ports in TIME_WAIT
			t.Cleanup(func() { _ = client.Close() })
			return f
		}},
		{"openat", func(_ testing.TB, a Async) *Future[int] {
			return a.OpenAt(proactor.AtCWD, filepath.Join(dir, "file"), os.O_RDONLY, 0)
		}},
		{"socket", func(_ testing.TB, a Async) *Future[int] {
			return a.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		}},
	}
}

// rounds is how often each of the tests below tries; there is a leak check at
// the end of each.
const rounds = 200

func TestCancelBeforeTheEndLeaksNoDescriptor(t *testing.T) {
	io := open(t, Config{})
	random := seeded(t)
	for _, m := range makers(t) {
		for range rounds {
			f := m.make(t, io.Async())
			pause(random)
			f.Cancel()
			n, err := f.Await(background)
			wantIs(t, err, proactor.ErrCanceled)
			if n != 0 {
				t.Errorf("%s: got descriptor %d of a cancelled future", m.name, n)
			}
		}
	}
}

func TestCancelAfterTheEndClosesTheDescriptorNobodyTook(t *testing.T) {
	io := open(t, Config{})
	for _, m := range makers(t) {
		for range rounds {
			f := m.make(t, io.Async())
			receive(t, f.Done(), m.name)
			f.Cancel()
			f.Cancel()
			n, err := f.Await(background)
			wantIs(t, err, proactor.ErrCanceled)
			if n != 0 {
				t.Errorf("%s: got descriptor %d of a cancelled future", m.name, n)
			}
		}
	}
}

func TestCancelLeavesTheDescriptorThatWasTaken(t *testing.T) {
	io := open(t, Config{})
	for _, m := range makers(t) {
		for range rounds {
			f := m.make(t, io.Async())
			fd, err := f.Await(background)
			must(t, err)
			f.Cancel()
			must(t, io.Nop(background)) // whatever the Cancel started is under way by now
			must(t, io.CloseFD(background, fd))
		}
	}
}

// Cancel and Await at once: either the goroutine that awaits has the descriptor
// or nobody has.
func TestDescriptorHasOneOwner(t *testing.T) {
	io := open(t, Config{})
	random := seeded(t)
	for _, m := range makers(t) {
		taken := 0
		for range rounds {
			f := m.make(t, io.Async())
			var wg sync.WaitGroup
			wg.Go(func() {
				f.Cancel()
			})
			pause(random)
			fd, err := f.Await(background)
			if err != nil {
				wantIs(t, err, proactor.ErrCanceled)
			}
			wg.Wait()
			if err == nil {
				taken++
				must(t, io.CloseFD(background, fd))
			}
		}
		t.Logf("%s: %d of %d were taken", m.name, taken, rounds)
	}
}

// A context that ends asks for the end of the operation; it does not throw away
// what it made.
func TestAwaitWithEndedContextReturnsTheDescriptorThatWasMade(t *testing.T) {
	io := open(t, Config{})
	ctx, cause := canceled()
	for _, m := range makers(t) {
		for range rounds {
			f := m.make(t, io.Async())
			if fd, err := f.Await(ctx); err == nil {
				must(t, io.CloseFD(background, fd))
			} else {
				wantIs(t, err, cause, proactor.ErrCanceled)
			}
		}
	}
}

// The same races while the IO is closed.
func TestCloseDuringCancelLeaksNoDescriptor(t *testing.T) {
	testutil.CheckLeaks(t)
	random := seeded(t)
	all := makers(t)
	for range rounds / 4 {
		io, err := start(t, Config{})
		must(t, err)
		var wg sync.WaitGroup
		for _, m := range all {
			for range 4 {
				f := m.make(t, io.Async())
				wg.Go(f.Cancel)
			}
		}
		pause(random)
		must(t, io.Close())
		wg.Wait()
	}
}

// pause gives the loop a moment, of random length.
func pause(random *rand.Rand) {
	if n := random.IntN(4); n > 0 {
		time.Sleep(time.Duration(random.IntN(20*n)) * time.Microsecond)
	}
}
