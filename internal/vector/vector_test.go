package vector

import (
	"bytes"
	"slices"
	"strconv"
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

func TestHeadLeavesTheCallersAlone(t *testing.T) {
	buffers := [][]byte{{}, []byte("one"), {}, []byte("three"), []byte("five"), nil}
	whole := bytes.Join(buffers, nil)
	for n := range len(whole) + 2 {
		first := Head(buffers, n)
		if got := bytes.Join(first, nil); !bytes.Equal(got, whole[:min(n, len(whole))]) {
			t.Errorf("%d: %q, want %q", n, got, whole[:min(n, len(whole))])
		}
		if got := bytes.Join(buffers, nil); !bytes.Equal(got, whole) || len(buffers) != 6 {
			t.Fatalf("after %d the caller has %q", n, buffers)
		}
	}
}

func TestLen(t *testing.T) {
	if n := Len([][]byte{[]byte("one"), nil, []byte("three")}); n != 8 {
		t.Errorf("%d bytes, want 8", n)
	}
	if strconv.IntSize == 32 {
		if n := Len(slices.Repeat([][]byte{make([]byte, 1<<26)}, 100)); n != -1 {
			t.Errorf("more than 4 GiB are %d bytes", n)
		}
	}
}
