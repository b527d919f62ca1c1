package fdcall

import (
	"math/bits"
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A memory has the blocks that an IO lends to the kernel. They are aligned for O_DIRECT.
type memory struct {
	all   quota
	pools [lentClasses]sync.Pool // of *block, by class
}

// A block of class i has blockMin<<i bytes.
const (
	blockMin    = 4 << 10
	lentClasses = 7 // up to lentMost
)

// A block is memory to lend.
type block struct {
	buf   []byte
	class int // negative: not kept in a pool
}

func newMemory(config proactor.Config) *memory {
	m := &memory{}
	m.all.max = lentMaxDefault
	if config.LentMax > 0 {
		m.all.max = max(config.LentMax, lentMaxLeast)
	}
	return m
}

// classOf returns the class of the smallest block that has size bytes, and the size of such blocks.
// Beyond lentMost the class is negative.
func classOf(size int) (class, bytes int) {
	class = max(0, bits.Len(uint(size-1)>>12))
	if class >= lentClasses {
		return -1, size
	}
	return class, blockMin << class
}

// block returns a block of at least size bytes.
func (m *memory) block(size int) *block {
	class, bytes := classOf(size)
	if class >= 0 {
		if b, ok := m.pools[class].Get().(*block); ok {
			return b
		}
	}
	return &block{sysfile.AlignedBuffer(bytes), class}
}

// keep keeps b for a later call. No one else may have it.
func (m *memory) keep(b *block, off ablate.Set) {
	if b.class >= 0 && !off.Has(ablate.LentMemory) {
		m.pools[b.class].Put(b)
	}
}
