//go:build unix

package simproc

import (
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// counters are the first part of a Page. Aligned to the page, they are atomic between
// processes too.
type counters struct {
	Events  atomic.Uint64 // what has happened in the simulated world, and takes time
	Works   atomic.Uint64 // calls that got something done, in whatever time
	Travels atomic.Uint64 // packets whose latency chance decided
	Now     atomic.Int64  // nanoseconds since its beginning
	Ended   atomic.Int64  // Now when the test ended; 0 before

	FaultCount, KeepCount     atomic.Uint64
	JournalBytes, JournalHash atomic.Uint64
}

// mapPage maps the file of a page.
func mapPage(f *os.File) (*Page, error) {
	mem, err := unix.Mmap(int(f.Fd()), 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return pageOn(mem), nil
}

// NewPage is a page of this process alone.
func NewPage() *Page { return pageOn(make([]byte, pageSize)) }

func pageOn(mem []byte) *Page {
	return &Page{
		counters: (*counters)(unsafe.Pointer(unsafe.SliceData(mem))),
		mem:      mem,
		faults:   numbers(mem[countersSize:]),
		keep:     numbers(mem[countersSize+faultsSize:]),
		journal:  mem[countersSize+2*faultsSize : pageSize],
	}
}

// numbers is the list at the beginning of mem.
func numbers(mem []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(mem))), faultsMax)
}

// unmap gives the memory of a mapped page back. Nobody may use the page after.
func (p *Page) unmap() error { return unix.Munmap(p.mem) }

// Progress is that of the interface.
func (c *counters) Progress() (events uint64, now int64) { return c.Events.Load(), c.Now.Load() }
