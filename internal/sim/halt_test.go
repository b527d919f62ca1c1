//go:build unix

package sim

import (
	"testing"
	"testing/synctest"
)

func TestHaltStopsAtEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(1, Options{})
		h, err := w.AddHost("a")
		if err != nil {
			t.Fatal(err)
		}
		halts := 0
		h.Halt(func() { halts++ })
		done := 0
		go func() {
			for _, name := range []string{"/a", "/b", "/c"} {
				if err := h.Boot().Mkdir(name, 0o755); err != nil {
					t.Error(err)
				}
				done++
			}
		}()
		for i := range 3 {
			synctest.Wait()
			if halts != i+1 || done != i || !h.Paused() {
				t.Errorf("after %d changes: %d halts, %d calls done, paused %v", i+1, halts, done, h.Paused())
			}
			h.Resume()
		}
		synctest.Wait()
		h.Halt(nil)
		if err := h.Boot().Mkdir("/d", 0o755); err != nil || h.Paused() || done != 3 {
			t.Errorf("after the last: %v, paused %v, %d calls done", err, h.Paused(), done)
		}
	})
}
