package proactor

import "testing"

func TestFDTableKeepsEntriesAsItGrows(t *testing.T) {
	var table fdTable
	fds := []int{0, 1, 63, 64, 1000, denseMax - 1, denseMax, fdMax}
	cs := make([]Completion, len(fds))
	for i, fd := range fds {
		table.entry(fd).ops.PushFront(&cs[i].fdNode, &cs[i])
	}
	for i, fd := range fds {
		if table.entry(fd).ops.First.Value != &cs[i] {
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
	e.ops.PushFront(&c.fdNode, &c)
	table.forget(fdMax)
	if table.entry(fdMax) != e {
		t.Error("forgot an entry in use")
	}
	e.ops.Remove(&c.fdNode)
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
	e.held.PushBack(&c.node, &c)
	table.forget(fdMax)
	if table.entry(fdMax) != e {
		t.Error("forgot a descriptor with operations held")
	}
}
