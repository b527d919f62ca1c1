package proactor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func wantList(t *testing.T, l *list, want []*Completion) {
	t.Helper()
	if l.size != len(want) {
		t.Fatalf("size %d, want %d", l.size, len(want))
	}
	var forward, backward []*Completion
	for c := l.first; c != nil; c = c.next {
		forward = append(forward, c)
	}
	for c := l.last; c != nil; c = c.prev {
		backward = append(backward, c)
	}
	slices.Reverse(backward)
	if !slices.Equal(forward, want) || !slices.Equal(backward, want) {
		t.Fatalf("%d forward, %d backward: not the %d wanted in order", len(forward), len(backward), len(want))
	}
}

func TestListKeepsOrder(t *testing.T) {
	var l list
	wantList(t, &l, nil)
	if l.popFront() != nil {
		t.Error("popped from nothing")
	}
	a, b, c := new(Completion), new(Completion), new(Completion)
	l.pushBack(b)
	l.pushBack(c)
	l.pushFront(a)
	wantList(t, &l, []*Completion{a, b, c})
	l.remove(b)
	wantList(t, &l, []*Completion{a, c})
	if l.popFront() != a || l.popFront() != c || l.popFront() != nil {
		t.Error("popped in another order")
	}
	wantList(t, &l, nil)
	if a.next != nil || a.prev != nil || b.next != nil || b.prev != nil {
		t.Error("what left the list is still linked")
	}
}

func TestListAgainstAModel(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	var l list
	var model []*Completion
	for step := range 2000 {
		switch n := r.IntN(5); {
		case n < 2:
			c := new(Completion)
			l.pushBack(c)
			model = append(model, c)
		case n == 2:
			c := new(Completion)
			l.pushFront(c)
			model = slices.Insert(model, 0, c)
		case n == 3:
			got := l.popFront()
			var want *Completion
			if len(model) > 0 {
				want, model = model[0], model[1:]
			}
			if got != want {
				t.Fatalf("seed %d, step %d: popped another", seed, step)
			}
		case len(model) > 0:
			i := r.IntN(len(model))
			l.remove(model[i])
			model = slices.Delete(slices.Clone(model), i, i+1)
		}
		wantList(t, &l, model)
	}
}
