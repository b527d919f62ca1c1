package fdcall

import (
	"math/bits"
	"sync"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A memory is what an IO lends to the kernel. It is aligned for O_DIRECT.
type memory struct {
	all   quota
	pools [lentClasses]sync.Pool // of *block, by class
}

// A block of class i has blockMin<<i bytes.
const (
	blockMin    = 4 << 10
	lentClasses = 7 // up to lentMost
)

// A block is some of it.
type block struct {
	buf   []byte
	class int // negative: of no pool
}

func newMemory(config proactor.Config) *memory {
	m := &memory{}
	m.all.max = lentMaxDefault
	if config.LentMax > 0 {
		m.all.max = max(config.LentMax, lentMaxLeast)
	}
	return m
}

// classOf is the class of a block of so many bytes, and what it has; negative beyond lentMost.
func classOf(size int) (class, bytes int) {
	class = max(0, bits.Len(uint(size-1)>>12))
	if class >= lentClasses {
		return -1, size
	}
	return class, blockMin << class
}

// block is a block of at least size bytes that nobody has.
func (m *memory) block(size int) *block {
	class, bytes := classOf(size)
	if class >= 0 {
		if b, ok := m.pools[class].Get().(*block); ok {
			return b
		}
	}
	return &block{sysfile.AlignedBuffer(bytes), class}
}

// keep keeps b, which nobody has any more, for the next call.
func (m *memory) keep(b *block, off ablate.Set) {
	if b.class >= 0 && !off.Has(ablate.LentMemory) {
		m.pools[b.class].Put(b)
	}
}
