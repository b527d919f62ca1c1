package fdcall

import (
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/sysfile"
)

// A Buffer is memory that a call on a file may take away: it is not copied, and a context, a
// deadline or a close ends the call on any device all the same. If the kernel still has the
// memory then, the call keeps it, and the Buffer gets other memory.
//
// Make one with NewBuffer. It must not be copied, and is one call's at a time.
type Buffer struct {
	memory []byte
	size   int
	busy   atomic.Bool
}

// NewBuffer returns a Buffer of size bytes. The memory is aligned for O_DIRECT, as that of
// AlignedBuffer is.
func NewBuffer(size int) *Buffer {
	return &Buffer{memory: sysfile.AlignedBuffer(size), size: size}
}

// Bytes are the bytes of b, as many as NewBuffer was told. They are valid until the next call
// with b: if its error is ErrLeft, what Bytes returned before belongs to the kernel.
func (b *Buffer) Bytes() []byte { return b.memory[:b.size:b.size] }

// Claim makes b a call's until Release. It reports false while b is another call's.
func Claim(b *Buffer) bool { return b.busy.CompareAndSwap(false, true) }

func Release(b *Buffer) { b.busy.Store(false) }

// replace gives b other memory, with what the old memory has in its first n bytes.
func (b *Buffer) replace(n int) {
	old := b.memory
	b.memory = sysfile.AlignedBuffer(b.size)
	copy(b.memory, old[:n])
}
