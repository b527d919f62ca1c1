package proactor

// A heap orders what has an instant. It has four children a node: timeouts of one
// length come in order, and then adding one is a single comparison.
type heap[T interface{ placed(at int) }] struct {
	entries []entry[T]
}

// An entry is of what is told its place in the heap each time that moves.
type entry[T any] struct {
	when int64
	of   T
}

const heapArity = 4

func (h *heap[T]) push(e entry[T]) {
	h.entries = append(h.entries, entry[T]{})
	h.up(len(h.entries)-1, e)
}

// remove takes the entry at i off.
func (h *heap[T]) remove(i int) {
	last := len(h.entries) - 1
	moved := h.entries[last]
	h.entries[last] = entry[T]{}
	h.entries = h.entries[:last]
	if i != last {
		h.replace(i, moved)
	}
}

// replace puts e in the place of the entry at i, or where it belongs.
func (h *heap[T]) replace(i int, e entry[T]) {
	if i > 0 && e.when < h.entries[(i-1)/heapArity].when {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

// order makes a heap of entries that are in no order.
func (h *heap[T]) order() {
	last := len(h.entries) - 1
	for i := min(last, len(h.entries)/heapArity); i >= 0; i-- { // the entries after these have no children
		h.down(i, h.entries[i])
	}
}

// up puts e at i or above.
func (h *heap[T]) up(i int, e entry[T]) {
	for i > 0 {
		parent := (i - 1) / heapArity
		if h.entries[parent].when <= e.when {
			break
		}
		h.put(i, h.entries[parent])
		i = parent
	}
	h.put(i, e)
}

// down puts e at i or below.
func (h *heap[T]) down(i int, e entry[T]) {
	for {
		first := i*heapArity + 1
		if first >= len(h.entries) {
			break
		}
		least := first
		for j := first + 1; j < min(first+heapArity, len(h.entries)); j++ {
			if h.entries[j].when < h.entries[least].when {
				least = j
			}
		}
		if e.when <= h.entries[least].when {
			break
		}
		h.put(i, h.entries[least])
		i = least
	}
	h.put(i, e)
}

func (h *heap[T]) put(i int, e entry[T]) {
	h.entries[i] = e
	e.of.placed(i)
}
