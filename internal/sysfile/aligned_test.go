package sysfile

import "testing"

func TestAlignedBuffer(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 511, 4096, 4097, 1 << 20} {
		b := AlignedBuffer(size)
		want := (max(size, 0) + alignment - 1) / alignment * alignment
		if len(b) != want || cap(b) != want {
			t.Errorf("AlignedBuffer(%d): length %d and room %d, want %d", size, len(b), cap(b), want)
		}
		if len(b) > 0 && misalignment(b) != 0 {
			t.Errorf("AlignedBuffer(%d) is not aligned", size)
		}
	}
}
