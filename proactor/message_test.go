package proactor

import (
	"bytes"
	"testing"
)

func TestBuffersAfterLeavesTheCallersAlone(t *testing.T) {
	buffers := [][]byte{[]byte("one"), {}, []byte("three"), []byte("five")}
	whole := bytes.Join(buffers, nil)
	for n := range len(whole) + 1 {
		rest := buffersAfter(buffers, n)
		if got := bytes.Join(rest, nil); !bytes.Equal(got, whole[n:]) {
			t.Errorf("after %d: %q, want %q", n, got, whole[n:])
		}
		if got := bytes.Join(buffers, nil); !bytes.Equal(got, whole) || len(buffers) != 4 {
			t.Fatalf("after %d the caller has %q", n, buffers)
		}
	}
}
