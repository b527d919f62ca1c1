package simdisk

import (
	"hash/maphash"
	"sync/atomic"
)

// pageSize is what memory is shared by.
const pageSize = 4096

// A page is a part of a file. What is beyond data is zero.
type page struct {
	by   *edition // who may change it; nil: nobody any more
	last uint64   // the effect that changed it last
	sum  uint64   // of the contents; 0: not known
	data []byte   // at most pageSize
}

func (p *page) own(by *edition) *page {
	if p.by == by {
		p.sum = 0
		return p
	}
	return &page{by: by, last: p.last, data: append([]byte(nil), p.data...)}
}

// write puts b at the offset at.
func (p *page) write(b []byte, at int) {
	p.extend(at + len(b))
	copy(p.data[at:], b)
}

func (p *page) extend(size int) {
	if n := size - len(p.data); n > 0 {
		p.data = append(p.data, make([]byte, n)...)
	}
}

// read fills b from the offset at.
func (p *page) read(b []byte, at int) {
	n := 0
	if p != nil && at < len(p.data) {
		n = copy(b, p.data[at:])
	}
	clear(b[n:])
}

var hashSeed = maphash.MakeSeed()

// sumOfZeros is page.sum where the contents are zeros.
const sumOfZeros = 1<<64 - 1

// digest is a hash of the contents without the zeros at their end; that of zeros is 0.
func (p *page) digest() uint64 {
	sum := atomic.LoadUint64(&p.sum) // pages are shared by disks of other goroutines
	if sum == 0 {
		data := p.data
		for len(data) > 0 && data[len(data)-1] == 0 {
			data = data[:len(data)-1]
		}
		if sum = sumOfZeros; len(data) > 0 {
			sum = maphash.Bytes(hashSeed, data)
		}
		atomic.StoreUint64(&p.sum, sum)
	}
	if sum == sumOfZeros {
		return 0
	}
	return sum
}
