//go:build unix

package fdcall

import (
	"testing"

	"github.com/awaitio/awaitio/proactor"
)

// A Shutdown of loops that reopen leaves no goroutine that looks for notices, if nothing began meanwhile.
func TestShutdownEndsTheMonitorOfLoopsThatReopen(t *testing.T) {
	s := NewLoops(proactor.Config{Loops: 2, OnNotice: func(proactor.Notice) {}}, true)
	for range 2 {
		must(t, s.Start())
		_, err := s.Shutdown(background)
		must(t, err)
		s.monitor.mu.Lock()
		if s.monitor.running {
			t.Error("it runs")
		}
		s.monitor.mu.Unlock()
	}
}
