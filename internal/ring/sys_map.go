//go:build linux

package ring

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// region is one mapping of the ring's descriptor.
type region struct {
	base unsafe.Pointer
	size uintptr
}

// mapRegion maps size bytes at the magic offset off.
func mapRegion(fd int, off int64, size uintptr) (region, error) {
	base, err := unix.MmapPtr(fd, off, nil, size,
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return region{}, err
	}
	m := region{base, size}
	// A forked child must not share the queues: two writers of one tail would
	// submit each other's half-filled slots.
	if err := unix.Madvise(unsafe.Slice((*byte)(base), size), unix.MADV_DONTFORK); err != nil {
		return region{}, fmt.Errorf("madvise MADV_DONTFORK: %w", firstError(err, m.unmap()))
	}
	return m, nil
}

// unmap is safe on the zero region and a second time.
func (m *region) unmap() error {
	if m.base == nil {
		return nil
	}
	base := m.base
	m.base = nil
	return unix.MunmapPtr(base, m.size)
}

// word is the 32-bit word at off. The kernel lays all of them out aligned.
func (m *region) word(off uint32) *uint32 {
	return (*uint32)(unsafe.Add(m.base, off))
}

func (m *region) words(off, n uint32) []uint32 {
	return unsafe.Slice(m.word(off), n)
}

func (m *region) sqes(n uint32) []SQE {
	return unsafe.Slice((*SQE)(m.base), n)
}

func (m *region) cqes(off, n uint32) []CQE {
	return unsafe.Slice((*CQE)(unsafe.Add(m.base, off)), n)
}

const (
	sqeSize  = unsafe.Sizeof(SQE{})
	cqeSize  = unsafe.Sizeof(CQE{})
	wordSize = unsafe.Sizeof(uint32(0))
)
