//go:build unix

package simdisk

import (
	"hash/maphash"
	"sync/atomic"
)

// digest is a hash of what a tree shows: names, modes, links and contents, no times.
func (t *tree) digest() uint64 { return t.digestOf(rootIno) }

func (t *tree) digestOf(ino uint64) uint64 {
	n := t.get(ino)
	sum := mix(uint64(n.mode)<<32|uint64(n.uid), uint64(n.gid))
	switch {
	case n.isDir():
		for name, child := range n.names {
			sum += mix(maphash.String(hashSeed, name), t.digestOf(child))
		}
	case n.isLink():
		sum = mix(sum, maphash.String(hashSeed, n.target))
	default:
		sum = mix(mix(sum, uint64(n.links)), n.digest())
	}
	return sum
}

// digest is a hash of a file's contents.
func (n *node) digest() uint64 {
	if sum := atomic.LoadUint64(&n.sum); sum != 0 {
		return sum
	}
	sum := mix(uint64(n.size), 1)
	for i, p := n.pages.next(0); p != nil; i, p = n.pages.next(i + 1) {
		if d := p.digest(); d != 0 {
			sum += mix(i, d)
		}
	}
	atomic.StoreUint64(&n.sum, sum)
	return sum
}

// mix is a hash of two numbers.
func mix(a, b uint64) uint64 {
	a = (a ^ b>>32 ^ b<<32) * 0x9e3779b97f4a7c15
	a = (a ^ a>>29 ^ b) * 0xbf58476d1ce4e5b9
	return a ^ a>>32
}
