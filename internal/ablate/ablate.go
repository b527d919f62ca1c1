// Package ablate has the mechanisms that make the library fast, by name, and switches
// them off for the benchmark: what a mechanism gains is measured beside itself without
// it (go -C bench run . -ablate NAME). It decides nothing, and no program may use it.
//
// A switch is read when a proactor, a set of loops or a descriptor is made, and kept
// there as part of a Set. So a call costs the same with and without this package.
package ablate

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// A Mechanism is one thing that the library does to be fast, and could do without.
type Mechanism uint8

const (
	Combining Mechanism = iota
	Spin
	SpinYield
	Batching
	IdlePolls
	YieldCPU
	CPUBudget
	StepAside
	KeepCPU
	Yielder
	OthersFirst
	RoundBudget
	SlowStart
	Affinity
	Edges
	Drained
	Beside
	PageCache
	CacheHistory
	OpenOnThread
	OwnThread
	Uncontended
	LentMemory
	SharedSyncs
	SyncYield
	AcceptsAhead
	Taskrun
	Notifications
	FreeList
	count
)

// mechanisms are their names, and what each does in one sentence.
var mechanisms = [count]struct{ name, about string }{
	Combining:     {"combining", "A caller runs the loop in its place while the loop is parked."},
	Spin:          {"spin", "A caller that has run the loop looks for its result for up to Config.Spin before it parks."},
	SpinYield:     {"spinyield", "A caller that looks for its result yields its CPU between looks, from 5 µs on."},
	Batching:      {"batching", "The loop notices that operations complete several at a time, and then lets callers run before it polls."},
	IdlePolls:     {"idlepolls", "A loop that finds nothing polls twice more before it parks, while batching."},
	YieldCPU:      {"yieldcpu", "A loop calls sched_yield(2) before an idle poll."},
	CPUBudget:     {"cpubudget", "A loop that has worked for 50 µs yields its CPU where another loop has had none for as long."},
	StepAside:     {"stepaside", "Where CPUs are contended, a loop sleeps for 50 µs, and does not only yield, if another one has had no CPU for 300 µs."},
	KeepCPU:       {"keepcpu", "Where giving up the CPU has cost a time slice, a loop or a caller that spins does not give it up for a while, and parks instead."},
	Yielder:       {"yielder", "A loop that yields comes back behind the goroutines that it has woken, on its own CPU."},
	OthersFirst:   {"othersfirst", "With one CPU, one call in 16 lets other callers submit before it runs the loop."},
	RoundBudget:   {"budget", "A round takes 64 results at most."},
	SlowStart:     {"slowstart", "While a disk is the bottleneck, the first round after a park takes 8 results, the next ones twice as many each."},
	Affinity:      {"affinity", "A call goes to the loop that its caller runs with, and not to the one of its descriptor's number."},
	Edges:         {"edges", "On epoll a connection is registered once, edge-triggered, and callers receive and send themselves."},
	Drained:       {"drained", "On epoll a receive that gets less than it asked for has drained the connection, and the next waits without an attempt."},
	Beside:        {"beside", "On io_uring a caller makes send(2) itself, and recv(2) where the last one filled its buffer, while operations complete one at a time."},
	PageCache:     {"pagecache", "The caller attempts a read of a file itself, if the page cache can serve it without waiting."},
	CacheHistory:  {"cachehistory", "After 16 misses of the page cache in a row, one read in 32 is attempted."},
	OpenOnThread:  {"openonthread", "The caller opens a file itself, in non-blocking mode, and looks at it afterwards."},
	OwnThread:     {"ownthread", "The caller's thread makes a buffered write, which io_uring would give to another thread."},
	Uncontended:   {"uncontended", "The caller's thread makes a call on a file while nothing else is under way."},
	LentMemory:    {"lentmemory", "Memory that is lent to the kernel is kept for the next calls."},
	SharedSyncs:   {"sharedsyncs", "One sync is for all callers that wrote before it began."},
	SyncYield:     {"syncyield", "A caller that makes a sync for several lets others run first, and waits for those of the last sync, for a quarter of what one takes."},
	AcceptsAhead:  {"acceptsahead", "Listener.Connections keeps 16 accepts under way, and not one."},
	Taskrun:       {"taskrun", "The ring is set up with COOP_TASKRUN: results interrupt no thread."},
	Notifications: {"notifications", "The kernel writes to the loop's eventfd only while the loop waits there."},
	FreeList:      {"freelist", "The records of calls are kept for the next calls."},
}

// All are all mechanisms.
func All() []Mechanism {
	all := make([]Mechanism, count)
	for i := range all {
		all[i] = Mechanism(i)
	}
	return all
}

// String is the name, as in "spin".
func (m Mechanism) String() string { return mechanisms[m].name }

// About says in one sentence what m does.
func (m Mechanism) About() string { return mechanisms[m].about }

// Parse is the mechanism of that name. The error lists all names.
func Parse(name string) (Mechanism, error) {
	names := make([]string, count)
	for m := range mechanisms {
		names[m] = mechanisms[m].name
		if name == names[m] {
			return Mechanism(m), nil
		}
	}
	return 0, fmt.Errorf("there is no mechanism %q; there are %s", name, strings.Join(names, ", "))
}

// A Set is a set of mechanisms.
type Set uint64

// Of is the set of all that it is given.
func Of(all ...Mechanism) (s Set) {
	for _, m := range all {
		s |= 1 << m
	}
	return s
}

// Has reports whether m is in s.
func (s Set) Has(m Mechanism) bool { return s&(1<<m) != 0 }

// off are the mechanisms that are switched off.
var off atomic.Uint64

// Off are the mechanisms that are switched off for what is made now.
func Off() Set { return Set(off.Load()) }

// Switch has the mechanisms in s off for what is made from now on, and all others on.
// What is returned switches back. Only the benchmark and tests may call it.
func Switch(s Set) (restore func()) {
	before := off.Swap(uint64(s))
	return func() { off.Store(before) }
}
