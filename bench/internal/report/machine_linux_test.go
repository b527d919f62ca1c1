package report

import (
	"strings"
	"testing"
	"time"
)

func TestHere(t *testing.T) {
	s := Here("bench", 1, time.Second)
	if s.Machine == "" || !strings.HasPrefix(s.Kernel, "Linux ") || !strings.HasPrefix(s.Go, "go") && !strings.HasPrefix(s.Go, "devel") {
		t.Errorf("got %+v", s)
	}
}
