// Package list is a doubly linked list whose links are part of its elements, so that
// it needs no memory of its own and loses an element from the middle at once. It must
// never allocate, nor know what it links.
package list

// A Node is an element's place in a list: a field of the element for each list it may
// be on at the same time. Next, Prev and Value are read by everybody and set by List.
type Node[T any] struct {
	Next, Prev *Node[T]
	Value      *T // the element
}

// A List is elements in the order they were pushed. The zero value is an empty list.
// First, Last and Size are read by everybody and set by its methods.
type List[T any] struct {
	First, Last *Node[T]
	Size        int
}

// PushBack puts value, whose node n is and which is on no list by it, behind all others.
func (l *List[T]) PushBack(n *Node[T], value *T) {
	n.Next, n.Prev, n.Value = nil, l.Last, value
	if l.Last == nil {
		l.First = n
	} else {
		l.Last.Next = n
	}
	l.Last = n
	l.Size++
}

// PushFront puts value before all others, under PushBack's rule.
func (l *List[T]) PushFront(n *Node[T], value *T) {
	n.Next, n.Prev, n.Value = l.First, nil, value
	if l.First == nil {
		l.Last = n
	} else {
		l.First.Prev = n
	}
	l.First = n
	l.Size++
}

// PopFront removes the first element and returns it, or nil if there is none.
func (l *List[T]) PopFront() *T {
	n := l.First
	if n == nil {
		return nil
	}
	l.Remove(n)
	return n.Value
}

// Remove takes n, which is on l, off it. Its Value stays.
func (l *List[T]) Remove(n *Node[T]) {
	if n.Prev == nil {
		l.First = n.Next
	} else {
		n.Prev.Next = n.Next
	}
	if n.Next == nil {
		l.Last = n.Prev
	} else {
		n.Next.Prev = n.Prev
	}
	n.Next, n.Prev = nil, nil
	l.Size--
}
