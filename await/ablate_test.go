//go:build unix

package await

import (
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// withAndWithout has test look whether an IO does something that m is for.
func withAndWithout(t *testing.T, m ablate.Mechanism, test func(t *testing.T, on bool)) {
	t.Run("with", func(t *testing.T) { test(t, true) })
	t.Run("without", func(t *testing.T) {
		defer ablate.Switch(ablate.Of(m))()
		test(t, false)
	})
}

func TestAcceptsAhead(t *testing.T) {
	withAndWithout(t, ablate.AcceptsAhead, func(t *testing.T, on bool) {
		io, want := open(t, Config{}), 1
		if on {
			want = acceptsAhead
		}
		l, err := io.ListenStream("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		a := newAccepts(l)
		defer a.discard()
		a.fill(background)
		if n := len(a.waiters); n != want {
			t.Errorf("%d accepts are under way, want %d", n, want)
		}
	})
}

func TestOpenOnThread(t *testing.T) {
	withAndWithout(t, ablate.OpenOnThread, func(t *testing.T, on bool) {
		io := open(t, Config{})
		_, done, err := io.openOnThread(background, "/no such file", os.O_RDONLY, 0, LendAuto)
		if want := on && sysfile.OpensNoWait; done != want {
			t.Errorf("the caller opens files: %v", done)
		}
		if done {
			wantIs(t, err, os.ErrNotExist)
		} else {
			must(t, err)
		}
	})
}

func TestSharedSyncs(t *testing.T) {
	withAndWithout(t, ablate.SharedSyncs, func(t *testing.T, on bool) {
		io := open(t, Config{})
		if own := newLog(t, FileConfig{IO: io}).syncGroup().Alone; own == on {
			t.Errorf("each caller makes its own sync: %v", own)
		}
	})
}

func TestSyncYield(t *testing.T) {
	withAndWithout(t, ablate.SyncYield, func(t *testing.T, on bool) {
		f := newLog(t, FileConfig{IO: open(t, Config{})})
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		calls := laterSyncs(t, f, 2, func() (int, error) { return 0, f.Sync() })
		if lets := f.letsCallersJoin(); lets != on {
			t.Errorf("a leader lets others join: %v", lets)
		}
		s.end(nil)
		must(t, receive(t, first, "end of the first sync").err)
		receive(t, held, "the next sync").end(nil)
		wantOutcomes(t, calls, 0)
	})
}
