package alarm

// A Heap orders what has an instant. It has four children a node: timeouts of one
// length come in order, and then adding one is a single comparison.
type Heap[T any] struct {
	Entries []Entry[T]
	Placed  func(of T, at int) // if not nil, is called each time that an entry moves
}

// An Entry is something that has an instant.
type Entry[T any] struct {
	When int64
	Of   T
}

// HeapArity is how many children a node of a Heap has.
const HeapArity = 4

// Push adds e.
func (h *Heap[T]) Push(e Entry[T]) {
	h.Entries = append(h.Entries, Entry[T]{})
	h.up(len(h.Entries)-1, e)
}

// Remove takes the entry at i off.
func (h *Heap[T]) Remove(i int) {
	last := len(h.Entries) - 1
	moved := h.Entries[last]
	h.Entries[last] = Entry[T]{}
	h.Entries = h.Entries[:last]
	if i != last {
		h.Replace(i, moved)
	}
}

// Replace puts e in the place of the entry at i, or where it belongs.
func (h *Heap[T]) Replace(i int, e Entry[T]) {
	if i > 0 && e.When < h.Entries[(i-1)/HeapArity].When {
		h.up(i, e)
	} else {
		h.down(i, e)
	}
}

// order makes a heap of entries that are in no order.
func (h *Heap[T]) order() {
	last := len(h.Entries) - 1
	for i := min(last, len(h.Entries)/HeapArity); i >= 0; i-- { // the entries after these have no children
		h.down(i, h.Entries[i])
	}
}

// up puts e at i or above.
func (h *Heap[T]) up(i int, e Entry[T]) {
	for i > 0 {
		parent := (i - 1) / HeapArity
		if h.Entries[parent].When <= e.When {
			break
		}
		h.put(i, h.Entries[parent])
		i = parent
	}
	h.put(i, e)
}

// down puts e at i or below.
func (h *Heap[T]) down(i int, e Entry[T]) {
	for {
		first := i*HeapArity + 1
		if first >= len(h.Entries) {
			break
		}
		least := first
		for j := first + 1; j < min(first+HeapArity, len(h.Entries)); j++ {
			if h.Entries[j].When < h.Entries[least].When {
				least = j
			}
		}
		if e.When <= h.Entries[least].When {
			break
		}
		h.put(i, h.Entries[least])
		i = least
	}
	h.put(i, e)
}

func (h *Heap[T]) put(i int, e Entry[T]) {
	h.Entries[i] = e
	if h.Placed != nil {
		h.Placed(e.Of, i)
	}
}
