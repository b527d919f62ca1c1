package vector

import (
	"bytes"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMain(m *testing.M) { testutil.Main(m) }

func TestAfterLeavesTheCallersAlone(t *testing.T) {
	buffers := [][]byte{{}, []byte("one"), {}, []byte("three"), []byte("five"), nil}
	whole := bytes.Join(buffers, nil)
	for n := range len(whole) + 1 {
		rest := After(buffers, n)
		if got := bytes.Join(rest, nil); !bytes.Equal(got, whole[n:]) {
			t.Errorf("after %d: %q, want %q", n, got, whole[n:])
		}
		if len(rest) > 0 && len(rest[0]) == 0 {
			t.Errorf("after %d: an empty buffer comes first", n)
		}
		if got := bytes.Join(buffers, nil); !bytes.Equal(got, whole) || len(buffers) != 6 {
			t.Fatalf("after %d the caller has %q", n, buffers)
		}
	}
}
