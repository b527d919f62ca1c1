package proactor

import (
	"sync"
	"testing"
)

// chain returns the Completions linked from c.
func chain(c *Completion) []*Completion {
	var all []*Completion
	for ; c != nil; c = c.next {
		all = append(all, c)
	}
	return all
}

func TestMailboxKeepsOrder(t *testing.T) {
	var m mailbox
	if !m.empty() || m.popAll(false) != nil {
		t.Fatal("the zero mailbox is not empty")
	}
	cs := make([]Completion, 5)
	for i := range cs {
		if !m.push(&cs[i]) {
			t.Fatal("push refused")
		}
	}
	if m.empty() {
		t.Error("empty with five in it")
	}
	got := chain(m.popAll(false))
	if len(got) != len(cs) {
		t.Fatalf("took %d, want %d", len(got), len(cs))
	}
	for i, c := range got {
		if c != &cs[i] {
			t.Errorf("number %d is another", i)
		}
	}
	if !m.empty() || m.popAll(false) != nil {
		t.Error("not empty after take")
	}
}

func TestMailboxCloseReturnsTheRestAndRefuses(t *testing.T) {
	var m mailbox
	cs := make([]Completion, 3)
	for i := range cs {
		m.push(&cs[i])
	}
	got := chain(m.popAll(true))
	if len(got) != 3 || got[0] != &cs[0] || got[2] != &cs[2] {
		t.Errorf("close returned %d, or in another order", len(got))
	}
	var late Completion
	if m.push(&late) {
		t.Error("a closed mailbox took a Completion")
	}
	if late.next != nil {
		t.Error("a refused Completion was linked")
	}
	if !m.empty() || m.popAll(false) != nil || m.popAll(true) != nil || m.closeIfEmpty() {
		t.Error("a closed mailbox is not empty for good")
	}
}

func TestMailboxCloseIfEmpty(t *testing.T) {
	var m mailbox
	var c Completion
	m.push(&c)
	if m.closeIfEmpty() {
		t.Fatal("closed with a Completion in it")
	}
	if m.popAll(false) != &c {
		t.Fatal("lost it")
	}
	if !m.closeIfEmpty() {
		t.Fatal("not closed though empty")
	}
	if m.push(&c) {
		t.Error("push after closeIfEmpty")
	}
}

// Each Completion comes out exactly once, and each goroutine's in its order,
// even when the mailbox is closed meanwhile; what was refused does not come.
func TestMailboxConcurrent(t *testing.T) {
	const goroutines, each = 8, 2000
	var m mailbox
	var wg sync.WaitGroup
	cs := make([][]Completion, goroutines)
	taken := make([]int, goroutines) // how many pushes were not refused
	for g := range cs {
		cs[g] = make([]Completion, each)
		for i := range cs[g] {
			cs[g][i].Data = [2]int{g, i}
		}
		wg.Go(func() {
			for i := range cs[g] {
				if !m.push(&cs[g][i]) {
					return
				}
				taken[g]++
			}
		})
	}
	next := make([]int, goroutines)
	check := func(c *Completion) (n int) {
		for _, c := range chain(c) {
			at := c.Data.([2]int)
			if next[at[0]] != at[1] {
				t.Errorf("goroutine %d: got number %d, want %d", at[0], at[1], next[at[0]])
			}
			next[at[0]] = at[1] + 1
			n++
		}
		return n
	}
	for n := 0; n < goroutines*each/2; {
		n += check(m.popAll(false))
	}
	check(m.popAll(true))
	wg.Wait()
	for g := range taken {
		if next[g] != taken[g] {
			t.Errorf("goroutine %d: %d came out of %d pushed", g, next[g], taken[g])
		}
	}
}
