package list

import (
	"math/rand/v2"
	"slices"
	"testing"
)

type element struct {
	n    int
	node Node[element]
}

// values walks l both ways, and fails where they or the size disagree.
func values(t *testing.T, l *List[element]) []int {
	t.Helper()
	var forward, backward []int
	for n := l.First; n != nil; n = n.Next {
		forward = append(forward, n.Value.n)
	}
	for n := l.Last; n != nil; n = n.Prev {
		backward = append(backward, n.Value.n)
	}
	if slices.Reverse(backward); !slices.Equal(forward, backward) || len(forward) != l.Size {
		t.Fatalf("forward %v, backward (reversed) %v, size %d", forward, backward, l.Size)
	}
	return forward
}

// TestListAgainstSlice does at random what a slice does beside it.
func TestListAgainstSlice(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	elements := make([]element, 8)
	for i := range elements {
		elements[i].n = i
	}
	var l List[element]
	var model []int
	for range 10_000 {
		e := &elements[random.IntN(len(elements))]
		at := slices.Index(model, e.n)
		switch back := random.IntN(2) == 0; {
		case at >= 0 && random.IntN(4) == 0:
			if got := l.PopFront(); got.n != model[0] {
				t.Fatalf("PopFront is %d, want %d", got.n, model[0])
			}
			model = model[1:]
		case at >= 0:
			l.Remove(&e.node)
			model = slices.Delete(model, at, at+1)
		case back:
			l.PushBack(&e.node, e)
			model = append(model, e.n)
		default:
			l.PushFront(&e.node, e)
			model = slices.Insert(model, 0, e.n)
		}
		if got := values(t, &l); !slices.Equal(got, model) {
			t.Fatalf("the list is %v, want %v", got, model)
		}
	}
}

// TestPopFrontOfNothing: an empty list says so, and stays usable.
func TestPopFrontOfNothing(t *testing.T) {
	var l List[element]
	if got := l.PopFront(); got != nil {
		t.Fatalf("PopFront of an empty list is %v", got)
	}
	var e element
	l.PushBack(&e.node, &e)
	if got := l.PopFront(); got != &e || l.PopFront() != nil {
		t.Fatalf("PopFront is %p, want %p and then nil", got, &e)
	}
}

// byHand is the list that List is to cost no more than.
type byHand struct {
	first, last *handElement
	size        int
}

type handElement struct {
	n          int
	next, prev *handElement
}

func (l *byHand) pushBack(e *handElement) {
	e.next, e.prev = nil, l.last
	if l.last == nil {
		l.first = e
	} else {
		l.last.next = e
	}
	l.last = e
	l.size++
}

func (l *byHand) popFront() *handElement {
	e := l.first
	if e == nil {
		return nil
	}
	if e.prev == nil {
		l.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		l.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.next, e.prev = nil, nil
	l.size--
	return e
}

// BenchmarkQueue pushes eight elements and pops them, beside a list made by hand.
func BenchmarkQueue(b *testing.B) {
	b.Run("List", func(b *testing.B) {
		b.ReportAllocs()
		l, elements := new(List[element]), make([]element, 8)
		for b.Loop() {
			for i := range elements {
				l.PushBack(&elements[i].node, &elements[i])
			}
			for e := l.PopFront(); e != nil; e = l.PopFront() {
				e.n++
			}
		}
	})
	b.Run("byHand", func(b *testing.B) {
		b.ReportAllocs()
		l, elements := new(byHand), make([]handElement, 8)
		for b.Loop() {
			for i := range elements {
				l.pushBack(&elements[i])
			}
			for e := l.popFront(); e != nil; e = l.popFront() {
				e.n++
			}
		}
	})
}
