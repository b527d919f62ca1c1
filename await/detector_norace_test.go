//go:build !race && linux

package await

import (
	"bytes"
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/race"
)

// TestNothingForTheRaceDetectorIsBuiltIn looks for the names of functions, which any
// program has, for the sake of its traces.
func TestNothingForTheRaceDetectorIsBuiltIn(t *testing.T) {
	program, err := outside.ReadFile(os.Args[0])
	must(t, err)
	if !bytes.Contains(program, []byte("awaitio/await.(*Conn).Read")) {
		t.Fatal("no names of functions in the program")
	}
	const path = "awaitio/internal/race."
	for _, name := range []string{"Release", "Acquire", "Read", "Write", "init", "openEnded", "ended"} {
		if bytes.Contains(program, append([]byte(path), name...)) {
			t.Errorf("%s%s is in the program", path, name)
		}
	}
	if race.Enabled {
		t.Error("the race detector is not built in, and said to be")
	}
}
