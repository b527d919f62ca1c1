package proactor

import "testing"

func TestFDTableKeepsEntriesAsItGrows(t *testing.T) {
	var table fdTable
	fds := []int{0, 1, 63, 64, 1000, denseMax - 1, denseMax, fdMax}
	cs := make([]Completion, len(fds))
	for i, fd := range fds {
		table.entry(fd).link(&cs[i])
	}
	for i, fd := range fds {
		if table.entry(fd).first != &cs[i] {
			t.Errorf("descriptor %d lost its operation", fd)
		}
	}
}

// A wild number must not cost memory, during or after.
func TestFDTableIsSmallForWildDescriptors(t *testing.T) {
	var table fdTable
	var c Completion
	e := table.entry(fdMax)
	if len(table.dense) != 0 {
		t.Errorf("%d dense entries for one wild descriptor", len(table.dense))
	}
	e.link(&c)
	table.forget(fdMax)
	if table.entry(fdMax) != e {
		t.Error("forgot an entry in use")
	}
	e.unlink(&c)
	table.forget(fdMax)
	if len(table.sparse) != 0 {
		t.Errorf("%d sparse entries left", len(table.sparse))
	}
	table.forget(fdMax) // unknown: nothing happens
	if len(table.sparse) != 0 {
		t.Error("forget made an entry")
	}
	for range denseMax { // whatever is asked for, it stays bounded
		table.entry(denseMax - 1)
	}
	if len(table.dense) > denseMax {
		t.Errorf("%d dense entries, at most %d", len(table.dense), denseMax)
	}
}

func TestFDTableForgetKeepsWhatIsHeldOrClosing(t *testing.T) {
	var table fdTable
	var c Completion
	e := table.entry(fdMax)
	e.closing = &c
	table.forget(fdMax)
	if table.entry(fdMax) != e {
		t.Error("forgot a descriptor that is being closed")
	}
	e.closing = nil
	e.held.pushBack(&c)
	table.forget(fdMax)
	if table.entry(fdMax) != e {
		t.Error("forgot a descriptor with operations held")
	}
}

func TestFDEntryListsItsOperations(t *testing.T) {
	var e fdEntry
	a, b, c := new(Completion), new(Completion), new(Completion)
	count := func() (n int) {
		for op := e.first; op != nil; op = op.fdNext {
			if !op.onFD {
				t.Error("a listed operation does not know")
			}
			n++
		}
		return n
	}
	e.link(a)
	e.link(b)
	e.link(c)
	for i, op := range []*Completion{b, c, a} { // middle, first, last
		e.unlink(op)
		if op.onFD || op.fdNext != nil || op.fdPrev != nil {
			t.Error("an operation that left is still linked")
		}
		if got := count(); got != 2-i {
			t.Errorf("%d listed, want %d", got, 2-i)
		}
	}
}
