//go:build unix

package sim

import (
	"fmt"
	"strings"
)

// groupsMax is how many groups a partition has at most.
const groupsMax = 64

// Partition has nothing pass between groups of hosts: a host in two groups is a bridge, and
// one in none keeps all its links. It replaces the partition before; no groups are none.
// The error names a host that is not there.
func (w *World) Partition(groups ...[]string) error {
	w.enter()
	defer w.leave()
	if len(groups) > groupsMax {
		return fmt.Errorf("sim: partition into %d groups: at most %d", len(groups), groupsMax)
	}
	of, words := map[*Host]uint64{}, []string{}
	for i, group := range groups {
		for _, name := range group {
			h := w.byName[plain(name)]
			if h == nil {
				return fmt.Errorf("sim: partition: there is no host %q", name)
			}
			of[h] |= 1 << i
		}
		words = append(words, strings.Join(group, " "))
	}
	for _, h := range w.hosts {
		h.groups = of[h]
	}
	w.ruled++
	if len(groups) == 0 {
		w.note("", 0, "the partition ends")
	} else {
		w.note("", 0, "partition "+strings.Join(words, " | "))
	}
	w.watch()
	return nil
}

// separated reports whether the partition is between two hosts.
func separated(a, b *Host) bool {
	return a.groups != 0 && b.groups != 0 && a.groups&b.groups == 0
}

// HealLinks ends the partition and, of all links, what Heal ends.
func (w *World) HealLinks() {
	w.enter()
	defer w.leave()
	for _, h := range w.hosts {
		h.groups = 0
	}
	for _, r := range w.rules {
		r.cut, r.refuse, r.hold, r.filter = false, false, false, nil
	}
	w.ruled++
	w.note("", 0, "all links heal")
	w.letGo()
}
