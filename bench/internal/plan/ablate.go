package plan

import (
	"slices"
	"strings"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/internal/ablate"
)

// Ablate is rows with our contenders alone, with and without each of the mechanisms in
// turn. A row in which a mechanism has no part goes without it, and a row without any is
// left out.
func Ablate(rows []Row, mechanisms []ablate.Mechanism) []Row {
	var ablated []Row
	for _, r := range rows {
		var names []string
		for _, name := range r.Contenders {
			names = append(names, variantsOf(r, name, mechanisms)...)
		}
		if len(names) == 0 {
			continue
		}
		r.Contenders, r.Base, r.Goals = names, names[0], nil
		ablated = append(ablated, r)
	}
	return ablated
}

func variantsOf(r Row, name string, mechanisms []ablate.Mechanism) (names []string) {
	if !contender.Ours(name) {
		return nil
	}
	for _, m := range mechanisms {
		if partOf(m).has(name, r.Name) {
			names = append(names, contender.With(name, m), contender.Without(name, m))
		}
	}
	return names
}

// A part is where a mechanism has a part: with which contenders, in rows of what beginnings.
type part struct{ names, rows []string }

func (p part) has(name, row string) bool {
	begins := func(beginning string) bool { return strings.HasPrefix(row, beginning) }
	return slices.Contains(p.names, name) && slices.ContainsFunc(p.rows, begins)
}

var (
	onRing = []string{contender.Ring, contender.RingOne}
	onTwo  = []string{contender.Ring, contender.Epoll}

	ofConns = strings.Fields("echo http within stream fanout broadcast heavy busy fair accept")
	ofSyncs = strings.Fields("append log")
	ofReads = strings.Fields("read/direct read/cold read/abandonable")
	ofLoops = slices.Concat(ofConns, ofReads, strings.Fields("nop recv late")) // where a loop makes the calls
)

func partOf(m ablate.Mechanism) part {
	switch m {
	case ablate.Combining, ablate.Batching, ablate.Yielder:
		return part{onRing, ofLoops}
	case ablate.Spin, ablate.SpinYield, ablate.Taskrun, ablate.Notifications:
		return part{[]string{contender.Ring}, ofLoops}
	case ablate.OthersFirst:
		return part{[]string{contender.RingOne}, ofLoops}
	case ablate.RoundBudget, ablate.Affinity, ablate.CPUBudget, ablate.KeepCPU, ablate.IdlePolls, ablate.YieldCPU:
		return part{onTwo, ofLoops}
	case ablate.SlowStart:
		return part{onTwo, ofReads}
	case ablate.Edges, ablate.Drained:
		return part{[]string{contender.Epoll}, ofConns}
	case ablate.Beside:
		return part{onRing, ofConns}
	case ablate.PageCache:
		return part{onTwo, strings.Fields("read/cached read/cold copy")}
	case ablate.CacheHistory:
		return part{onTwo, []string{"read/cold"}}
	case ablate.LentMemory:
		return part{onTwo, []string{"read/abandonable"}}
	case ablate.OpenOnThread:
		return part{onTwo, []string{"stat"}}
	case ablate.OwnThread:
		return part{onTwo, []string{"log", "copy"}}
	case ablate.Uncontended:
		return part{onTwo, strings.Fields("read/direct1 append log copy")}
	case ablate.SharedSyncs, ablate.SyncYield:
		return part{onTwo, ofSyncs}
	case ablate.AcceptsAhead:
		return part{onTwo, []string{"accept"}}
	}
	return part{onTwo, slices.Concat(ofLoops, ofSyncs, []string{"read", "stat"})}
}
