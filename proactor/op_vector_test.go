//go:build linux

package proactor_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// split makes count buffers of b, of which every third is empty.
func split(b []byte, count int) [][]byte {
	all := make([][]byte, 0, count)
	for i := range count {
		n := len(b)
		if i < count-1 {
			n = min(n, len(b)/(count-i)+i%7)
		}
		if i%3 == 1 && i < count-1 {
			n = 0
		}
		all, b = append(all, b[:n:n]), b[n:]
	}
	return all
}

func TestReadVFillsItsBuffersInOrder(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 5000)
	for _, tt := range []struct {
		offset            int64
		size, count, want int
	}{
		{0, 100, 1, 100}, {1, 4000, 1024, 4000}, {4900, 300, 4, 100}, {5000, 8, 2, 0},
	} {
		buf := make([]byte, tt.size)
		r := do(t, p, func(o *op) error { return p.ReadV(&o.c, fd, split(buf, tt.count), tt.offset, o.done) })
		wantN(t, r, tt.want)
		if !bytes.Equal(buf[:r.N], testutil.FileContents(int(tt.offset), tt.want)) {
			t.Errorf("offset %d: other bytes than the file's", tt.offset)
		}
		if !bytes.Equal(buf[r.N:], make([]byte, tt.size-r.N)) {
			t.Errorf("offset %d: written beyond the %d bytes that were read", tt.offset, r.N)
		}
	}
}

func TestReadVAndWriteVMoveThePosition(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, path := testutil.TempFile(t, 20)
	for i, word := range []string{"first", "second"} {
		wantN(t, do(t, p, func(o *op) error {
			return p.WriteV(&o.c, fd, split([]byte(word), 3), proactor.CurrentPosition, o.done)
		}), len(word))
		buf := make([]byte, 3)
		wantN(t, do(t, p, func(o *op) error {
			return p.ReadV(&o.c, fd, split(buf, 2), proactor.CurrentPosition, o.done)
		}), 3)
		if at := len("first") + i*(3+len("second")); !bytes.Equal(buf, testutil.FileContents(at, 3)) {
			t.Errorf("read %d after the write of %q: other bytes than the file's", buf, word)
		}
	}
	want := testutil.FileContents(0, 20)
	copy(want, "first")
	copy(want[8:], "second")
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file holds %q, %v, want %q", got, err, want)
	}
}

// A pipe takes a part at a time. The caller's slices are as they were
// afterwards, and what is written is right.
func TestWriteVWritesAllToASlowReader(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		r, w := testutil.Pipe(t)
		mode(t, w)
		buffers := split(bigContents(), 1000)
		lengths := make([]int, len(buffers))
		for i, b := range buffers {
			lengths[i] = len(b)
		}
		write := start(t, func(o *op) error { return p.WriteV(&o.c, w, buffers, proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, write)
		received := readSlowly(t, r, big)
		wantN(t, wait(t, p, write), big)
		if !bytes.Equal(testutil.Receive(t, received, "all bytes"), bigContents()) {
			t.Error("other bytes came than were written")
		}
		for i, b := range buffers {
			if len(b) != lengths[i] {
				t.Fatalf("buffer %d has %d bytes, and had %d", i, len(b), lengths[i])
			}
		}
	})
}

func TestReadVAndWriteVOnSockets(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		buf := make([]byte, 8)
		read := start(t, func(o *op) error { return p.ReadV(&o.c, a, split(buf, 4), proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, read)
		wantN(t, do(t, p, func(o *op) error {
			return p.WriteV(&o.c, b, split([]byte("words"), 3), proactor.CurrentPosition, o.done)
		}), 5)
		wantN(t, wait(t, p, read), 5)
		if string(buf[:5]) != "words" {
			t.Errorf("read %q", buf[:5])
		}
	})
}
