//go:build unix

package testutil

import (
	"os"
	"path/filepath"
	"testing"
)

// A file without permissions cannot be read, whichever user runs the test.
func TestAsNobody(t *testing.T) {
	AsNobody(t, func() {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := os.ReadFile(path); !os.IsPermission(err) {
			t.Errorf("got %v, want that it is not permitted", err)
		}
	})
}
