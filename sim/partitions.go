//go:build unix

package sim

import (
	"math/rand/v2"
	"slices"
	"time"
)

// A Shape says how a partition divides the hosts. The victims are one side, and all other hosts
// that the nemesis may affect are the other.
type Shape uint8

// The shapes.
const (
	IsolateOne Shape = iota // one host from all others
	Halves                  // up to half of the hosts from the others
	Majorities              // each host loses some of the others, and reaches a majority
	Bridge                  // two halves that do not reach each other, and a host that reaches both
	OneWayOut               // what one host sends does not arrive
	OneWayIn                // what is sent to one host does not arrive
	Swizzle                 // hosts are cut off one after the other, and join again at once
)

var shapeWords = [...]string{"isolate one", "halves", "majorities", "bridge", "one way out", "one way in", "swizzle"}

// String is the shape in words.
func (s Shape) String() string {
	if int(s) < len(shapeWords) {
		return shapeWords[s]
	}
	return "unknown shape"
}

// Partitions returns a nemesis of network partitions. Each episode has one of the shapes; the
// default is all shapes. Hosts that the nemesis may not affect keep all their links; by default
// these are the hosts without a program. With a Budget of n hosts, one side of a partition has at
// most n.
func Partitions(shapes ...Shape) Nemesis {
	if len(shapes) == 0 {
		shapes = []Shape{IsolateOne, Halves, Majorities, Bridge, OneWayOut, OneWayIn, Swizzle}
	}
	n := Nemesis{Name: "partition", Victims: func(n int) int { return n / 2 }}
	n.divide = func(w *World, r *rand.Rand, victims, rest []*Host) func() {
		shape := shapes[r.IntN(len(shapes))]
		w.Logf("the partition's shape: %v", shape)
		return shape.cut(w, victims, rest)
	}
	return n
}

// others are all but some of hosts.
func others(all, some []*Host) []*Host {
	return slices.DeleteFunc(slices.Clone(all), func(h *Host) bool { return slices.Contains(some, h) })
}

// cut begins a partition of a shape, and returns what ends it.
func (s Shape) cut(w *World, victims, rest []*Host) (heal func()) {
	switch s {
	case Halves:
		return w.sever(pairs(victims, rest, true))
	case Majorities:
		return w.sever(ring(append(slices.Clone(victims), rest...)))
	case Bridge:
		if len(rest) < 2 {
			return w.sever(pairs(victims, rest, true))
		}
		return w.sever(pairs(victims, rest[1:], true)) // rest[0] reaches both
	case OneWayOut:
		return w.sever(pairs(victims[:1], append(slices.Clone(victims[1:]), rest...), false))
	case OneWayIn:
		return w.sever(pairs(append(slices.Clone(victims[1:]), rest...), victims[:1], false))
	case Swizzle:
		return w.swizzle(victims, rest)
	}
	return w.sever(pairs(victims[:1], append(slices.Clone(victims[1:]), rest...), true))
}

// A way is from one host to another.
type way struct{ from, to *Host }

// pairs are the ways from each of some hosts to each of others, and back if both.
func pairs(some, others []*Host, both bool) (ways []way) {
	for _, a := range some {
		for _, b := range others {
			ways = append(ways, way{a, b})
			if both {
				ways = append(ways, way{b, a})
			}
		}
	}
	return ways
}

// ring are the ways that hosts in a ring do not need, where each reaches the nearest so that
// these and itself are a majority.
func ring(all []*Host) (ways []way) {
	n := len(all)
	reach := (n/2 + 1) / 2 // on each side: 2*reach+1 hosts are a majority
	for i := range n {
		for j := range n {
			if d := min((i-j+n)%n, (j-i+n)%n); d > reach {
				ways = append(ways, way{all[i], all[j]})
			}
		}
	}
	return ways
}

// sever cuts ways, and returns what heals them.
func (w *World) sever(ways []way) (heal func()) {
	links := make([]*Link, len(ways))
	for i, way := range ways {
		links[i] = w.OneWay(way.from.name, way.to.name)
		links[i].Cut()
	}
	return func() {
		for _, l := range links {
			l.Heal()
		}
	}
}

// swizzleStep is how long it is from one host of a swizzle to the next.
const swizzleStep = 100 * time.Millisecond

// swizzle cuts hosts off one after the other.
func (w *World) swizzle(victims, rest []*Host) (heal func()) {
	var heals []func()
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := range victims {
			heals = append(heals, w.sever(pairs(victims[i:i+1], append(slices.Clone(victims[:i]), rest...), true)))
			if !w.in.Sleep("swizzle", swizzleStep, quit) {
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		for _, heal := range heals {
			heal()
		}
	}
}
