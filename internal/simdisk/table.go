package simdisk

// An edition is who may change a part of a structure in place. Parts of another edition
// are shared, and are copied before the change.
type edition struct{ _ byte } // not empty: each has an address of its own

const (
	fanBits = 4
	fan     = 1 << fanBits
)

// A table leads from numbers to pointers. A copy of the struct is a copy of the table, as
// long as both sides change it under editions that are new from then on.
type table[V any] struct {
	root   *branch[V]
	height uint // of levels below the root
}

type branch[V any] struct {
	by     *edition
	below  []*branch[V] // nil at the lowest level
	values []*V         // nil elsewhere
}

func newBranch[V any](by *edition, level uint) *branch[V] {
	if level == 0 {
		return &branch[V]{by: by, values: make([]*V, fan)}
	}
	return &branch[V]{by: by, below: make([]*branch[V], fan)}
}

// own is b, or a copy that by may change.
func (b *branch[V]) own(by *edition) *branch[V] {
	if b.by == by {
		return b
	}
	return &branch[V]{by: by, below: append([]*branch[V](nil), b.below...), values: append([]*V(nil), b.values...)}
}

func (t *table[V]) reaches(i uint64) bool { return t.root != nil && i>>(fanBits*t.height) < fan }

// get is the value at i, or nil.
func (t *table[V]) get(i uint64) *V {
	if !t.reaches(i) {
		return nil
	}
	b := t.root
	for level := t.height; level > 0; level-- {
		if b = b.below[i>>(fanBits*level)%fan]; b == nil {
			return nil
		}
	}
	return b.values[i%fan]
}

// set changes the value at i; nil takes it out.
func (t *table[V]) set(by *edition, i uint64, v *V) {
	if v == nil && t.get(i) == nil {
		return
	}
	for !t.reaches(i) {
		t.raise(by)
	}
	at := &t.root
	for level := t.height; ; level-- {
		*at = (*at).own(by)
		if level == 0 {
			(*at).values[i%fan] = v
			return
		}
		at = &(*at).below[i>>(fanBits*level)%fan]
		if *at == nil {
			*at = newBranch[V](by, level-1)
		}
	}
}

func (t *table[V]) raise(by *edition) {
	if t.root == nil {
		t.root = newBranch[V](by, 0)
		return
	}
	t.height++
	top := newBranch[V](by, t.height)
	top.below[0] = t.root
	t.root = top
}

// next is the first value at or after i, with its number; nil if there is none.
func (t *table[V]) next(i uint64) (uint64, *V) {
	if !t.reaches(i) {
		return 0, nil
	}
	return t.root.next(i, t.height)
}

func (b *branch[V]) next(i uint64, level uint) (uint64, *V) {
	shift := fanBits * level
	for slot := i >> shift % fan; slot < fan; slot++ {
		if level == 0 {
			if v := b.values[slot]; v != nil {
				return i, v
			}
		} else if below := b.below[slot]; below != nil {
			if j, v := below.next(i, level-1); v != nil {
				return j, v
			}
		}
		i = (i>>shift + 1) << shift
	}
	return 0, nil
}

// cut takes out all values from i on, and tells f of each.
func (t *table[V]) cut(by *edition, i uint64, f func(v *V)) {
	for {
		j, v := t.next(i)
		if v == nil {
			return
		}
		f(v)
		t.set(by, j, nil)
		i = j + 1
	}
}
