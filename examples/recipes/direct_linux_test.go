package recipes

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestReadDirect(t *testing.T) {
	want := testutil.FileContents(0, 1<<20+123)
	name := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, want, 0o600))
	got := make([]byte, len(want))
	var mu sync.Mutex
	total := 0
	must(t, ReadDirect(t.Context(), name, 16<<10, 8, func(off int64, p []byte) {
		mu.Lock()
		defer mu.Unlock()
		total += copy(got[off:], p)
	}))
	if total != len(want) || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d, or others", total, len(want))
	}
}
