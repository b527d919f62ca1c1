package uring

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Buffers are what a ring receives into where an operation has no buffer of its own:
// the kernel takes one when there is something to put into it.
type Buffers struct {
	size, mask   int
	ring         []buffer // of those that the kernel may take
	tail         uint16   // where the next one goes
	memory       []byte
	queue, bytes mapping
}

// Provide makes count buffers, a power of two, of size bytes each, and gives them
// all to the kernel as group 0.
func (r *Ring) Provide(count, size int) (*Buffers, error) {
	b := &Buffers{size: size, mask: count - 1}
	var err error
	if b.queue, err = mapAt(-1, 0, unsafe.Sizeof(buffer{})*uintptr(count)); err != nil {
		return nil, err
	}
	if b.bytes, err = mapAt(-1, 0, uintptr(count*size)); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	b.ring = unsafe.Slice((*buffer)(b.queue.start), count)
	b.memory = unsafe.Slice((*byte)(b.bytes.start), count*size)
	reg := bufferReg{addr: uint64(uintptr(b.queue.start)), entries: uint32(count)}
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER, uintptr(r.fd), registerBufferRing, uintptr(unsafe.Pointer(&reg)), 1, 0, 0)
	if errno != 0 {
		return nil, errors.Join(fmt.Errorf("io_uring_register of buffers: %w", errno), b.Close())
	}
	for i := range count {
		b.put(uint16(i))
	}
	b.Publish()
	return b, nil
}

// Close gives the memory back. The ring must be closed before.
func (b *Buffers) Close() error { return errors.Join(b.queue.unmap(), b.bytes.unmap()) }

// Of is what result received.
func (b *Buffers) Of(result CQE) []byte {
	at := int(result.Flags>>bufferShift) * b.size
	return b.memory[at : at+int(result.Res)]
}

// GiveBack lets the kernel take the buffer of result again, from the next Publish on.
func (b *Buffers) GiveBack(result CQE) { b.put(uint16(result.Flags >> bufferShift)) }

func (b *Buffers) put(id uint16) {
	e := &b.ring[int(b.tail)&b.mask] // all but its tail
	e.addr = uint64(uintptr(unsafe.Pointer(&b.memory[int(id)*b.size])))
	e.len, e.id = uint32(b.size), id
	b.tail++
}

// Publish tells the kernel what was given back.
func (b *Buffers) Publish() {
	// The tail shares a word with the id before it, and Go has no atomic store of 16
	// bits. Both are ours to write.
	word := (*uint32)(unsafe.Pointer(&b.ring[0].id))
	var both [2]uint16
	both[0], both[1] = b.ring[0].id, b.tail
	atomic.StoreUint32(word, *(*uint32)(unsafe.Pointer(&both)))
}
