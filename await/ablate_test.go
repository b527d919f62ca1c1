//go:build unix

package await

import (
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// without switches mechanisms off for what t makes from now on.
func without(t *testing.T, all ...ablate.Mechanism) { t.Cleanup(ablate.Switch(ablate.Of(all...))) }

func TestWithoutAcceptsAhead(t *testing.T) {
	ahead := func() int {
		io := open(t, Config{})
		l, err := io.ListenStream("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		a := newAccepts(l)
		defer a.discard()
		a.fill(background)
		return len(a.waiters)
	}
	if n := ahead(); n != acceptsAhead {
		t.Errorf("%d accepts are under way, want %d", n, acceptsAhead)
	}
	without(t, ablate.AcceptsAhead)
	if n := ahead(); n != 1 {
		t.Errorf("%d accepts are under way, want 1", n)
	}
}

func TestWithoutOpenOnThread(t *testing.T) {
	opens := func() bool {
		io := open(t, Config{})
		_, done, err := io.openOnThread(background, "/no such file", os.O_RDONLY, 0)
		if done {
			wantIs(t, err, os.ErrNotExist)
		} else {
			must(t, err)
		}
		return done
	}
	if opens() != sysfile.OpensNoWait {
		t.Errorf("the caller opens files: %v", !sysfile.OpensNoWait)
	}
	without(t, ablate.OpenOnThread)
	if opens() {
		t.Error("the caller opens files all the same")
	}
}

func TestWithoutSharedSyncs(t *testing.T) {
	if newLog(t, FileConfig{IO: open(t, Config{})}).syncs.Alone {
		t.Error("syncs are not shared")
	}
	without(t, ablate.SharedSyncs)
	io := open(t, Config{})
	if !newLog(t, FileConfig{IO: io}).syncs.Alone {
		t.Error("syncs are shared all the same")
	}
	if newLog(t, FileConfig{IO: io, Abandonable: true}).syncs.Alone {
		t.Error("a caller of an abandonable file could not be told")
	}
}

func TestWithoutSyncYield(t *testing.T) {
	joins := func() bool {
		f := newLog(t, FileConfig{IO: open(t, Config{})})
		held := holdSyncs(t, f)
		first := later(func() (int, error) { return 0, f.Sync() })
		s := receive(t, held, "a sync")
		calls := laterSyncs(t, f, 2, func() (int, error) { return 0, f.Sync() })
		lets := f.letsCallersJoin()
		s.end(nil)
		must(t, receive(t, first, "end of the first sync").err)
		receive(t, held, "the next sync").end(nil)
		wantOutcomes(t, calls, 0)
		return lets
	}
	if !joins() {
		t.Error("a leader does not let others join")
	}
	without(t, ablate.SyncYield)
	if joins() {
		t.Error("a leader lets others join all the same")
	}
}
