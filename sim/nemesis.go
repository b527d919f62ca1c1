//go:build unix

package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// A Nemesis injects faults into hosts in episodes. Partitions, Crashes and similar functions make
// the usual ones, with fields that can be changed. World.Unleash starts them.
//
// The random choices of an episode come from the seed, the Name and the number of earlier
// episodes, so removing one episode does not move the others. Each episode is a fault in the
// journal and in reports.
type Nemesis struct {
	Name string // what reports say; two that act must differ

	// Every is how long it is from the end of an episode to the next, and For how long an
	// episode lasts. Default from 1 to 10 s, and from 1 to 5 s.
	Every, For Dist

	// Hosts are whom it may befall. Default all hosts that run a program.
	Hosts []string

	// Victims is how many hosts an episode befalls at most, of n that it may befall. Default
	// one. An episode draws a number from one on.
	Victims func(n int) int

	// Start begins an episode with the victims that were drawn, and returns what ends it. It is
	// called in the bubble, and stop always is; neither must take time.
	Start func(w *World, r *rand.Rand, victims []*Host) (stop func())

	// divide is Start where it is nil, which is told whom else the nemesis may befall.
	divide func(w *World, r *rand.Rand, victims, rest []*Host) (stop func())

	group group     // whether it is several
	of    []Nemesis // those
	down  int       // of a budget
}

// A group is how a Nemesis is several.
type group uint8

const (
	single group = iota
	someOf       // Swarm
	allOf        // Budget
)

var (
	everyDefault = Dist{Min: time.Second, Max: 10 * time.Second}
	forDefault   = Dist{Min: time.Second, Max: 5 * time.Second}
)

// Swarm returns a Nemesis that uses a random choice of n for each seed, at least one. One fault
// can hide what another would show; a seed without it shows it.
func Swarm(n ...Nemesis) Nemesis { return Nemesis{Name: "swarm", of: n, group: someOf} }

// Budget returns a Nemesis of all of n that affects at most down hosts at once. An episode that
// would affect more leaves out some of its victims.
func Budget(down int, n ...Nemesis) Nemesis {
	return Nemesis{Name: "budget", of: n, group: allOf, down: down}
}

// nemeses are those of a World that act.
type nemeses struct {
	names map[string]bool
	acts  []*act
}

func (n *nemeses) init() { n.names = map[string]bool{} }

// An act is a nemesis from Unleash to Heal.
type act struct {
	w       *World
	n       Nemesis
	budgets []*budget
	quit    chan struct{}
	ended   chan struct{}
}

// A budget is the hosts that are befallen, by how many episodes.
type budget struct {
	down int
	hit  map[*Host]int
}

// Unleash starts nemeses, until Heal or the end of the World.
func (w *World) Unleash(n ...Nemesis) {
	for _, one := range n {
		w.unleash(one, nil)
	}
}

func (w *World) unleash(n Nemesis, budgets []*budget) {
	switch n.group {
	case someOf:
		for _, one := range w.swarm(n.of) {
			w.unleash(one, budgets)
		}
		return
	case allOf:
		budgets = append(slices.Clip(budgets), &budget{n.down, map[*Host]int{}})
		for _, one := range n.of {
			w.unleash(one, budgets)
		}
		return
	}
	if n.Start == nil && n.divide == nil {
		w.errorf("nemesis %q has no Start", n.Name)
		return
	}
	a := &act{w: w, n: n, budgets: budgets, quit: make(chan struct{}), ended: make(chan struct{})}
	w.mu.Lock()
	known := w.nemeses.names[n.Name]
	w.nemeses.names[n.Name] = true
	w.nemeses.acts = append(w.nemeses.acts, a)
	w.mu.Unlock()
	go a.run()
	if known {
		w.errorf("two nemeses have the name %q", n.Name)
	}
}

// swarm chooses of nemeses, for the seed.
func (w *World) swarm(all []Nemesis) (some []Nemesis) {
	for _, n := range all {
		if w.in.Source("swarm "+n.Name).Uint64()&1 == 0 {
			some = append(some, n)
		}
	}
	if some == nil && all != nil {
		some = append(some, all[w.in.Source("swarm").IntN(len(all))])
	}
	return some
}

// stop ends all acts, and with them the episodes under way.
func (n *nemeses) stop(w *World) {
	w.mu.Lock()
	acts := n.acts
	n.acts, n.names = nil, map[string]bool{}
	w.mu.Unlock()
	for _, a := range acts {
		close(a.quit)
		<-a.ended
	}
}

// run is one episode after the other.
func (a *act) run() {
	defer close(a.ended)
	for i := uint64(0); ; i++ {
		r := a.w.in.Source(fmt.Sprintf("nemesis %s %d", a.n.Name, i))
		pause, lasts := a.n.Every.or(everyDefault).Draw(r), a.n.For.or(forDefault).Draw(r)
		if !a.sleep(pause) {
			return
		}
		stop := a.begin(r, i, lasts)
		more := a.sleep(lasts)
		stop()
		if !more {
			return
		}
	}
}

// sleep reports false if the act was ended.
func (a *act) sleep(d time.Duration) bool { return a.w.in.Sleep("nemesis "+a.n.Name, d, a.quit) }

// begin begins an episode, if it is to be, and returns what ends it.
func (a *act) begin(r *rand.Rand, i uint64, lasts time.Duration) (stop func()) {
	victims := a.victims(r)
	if len(victims) == 0 {
		return func() {}
	}
	id, strikes := a.w.in.Strikes("nemesis "+a.n.Name, i, 1)
	if !strikes {
		return func() {}
	}
	a.w.in.Note("", id, fmt.Sprintf("%s: %v, for %v", a.n.Name, namesOf(victims), lasts.Round(time.Millisecond)))
	a.charge(victims, 1)
	end := a.start(r, victims)
	return func() {
		end()
		a.charge(victims, -1)
	}
}

func (a *act) start(r *rand.Rand, victims []*Host) (stop func()) {
	if a.n.Start == nil {
		return a.n.divide(a.w, r, victims, others(a.w.eligible(a.n.Hosts), victims))
	}
	if stop = a.n.Start(a.w, r, victims); stop == nil {
		stop = func() {} // nothing to end
	}
	return stop
}

// victims draws whom an episode befalls. The draw depends on chance alone; those whom the
// budgets forbid are left out.
func (a *act) victims(r *rand.Rand) (victims []*Host) {
	eligible := a.w.eligible(a.n.Hosts)
	if len(eligible) == 0 {
		return nil
	}
	most := 1
	if a.n.Victims != nil {
		most = min(max(1, a.n.Victims(len(eligible))), len(eligible))
	}
	count, order := 1+r.IntN(most), r.Perm(len(eligible))
	for _, at := range order[:count] {
		if h := eligible[at]; a.affords(h, victims) {
			victims = append(victims, h)
		}
	}
	return victims
}

// eligible are the hosts of those names, or all that run programs.
func (w *World) eligible(names []string) (hosts []*Host) {
	for _, h := range w.Hosts() {
		if slices.Contains(names, h.name) || names == nil && h.run != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// affords reports whether the budgets let h be befallen beside the victims that were drawn.
func (a *act) affords(h *Host, victims []*Host) bool {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	for _, b := range a.budgets {
		total := len(b.hit)
		for _, v := range victims {
			if b.hit[v] == 0 {
				total++
			}
		}
		if b.hit[h] == 0 && total >= b.down {
			return false
		}
	}
	return true
}

// charge notes that hosts are befallen by one episode more or less.
func (a *act) charge(victims []*Host, by int) {
	a.w.mu.Lock()
	defer a.w.mu.Unlock()
	for _, b := range a.budgets {
		for _, h := range victims {
			if b.hit[h] += by; b.hit[h] == 0 {
				delete(b.hit, h)
			}
		}
	}
}
